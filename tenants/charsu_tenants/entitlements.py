"""The one rule that says what a tenant may do with a module it has enabled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Access = Literal["full", "read_only", "quarantined"]
Source = Literal["override", "subscription", "free"]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One row of `control.entitlement`: `source` says yes or no to a module from `starts_at` until `ends_at`."""

    source: Source
    value: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether the row is in force: the start counts, the end does not."""
        has_begun = self.starts_at is None or self.starts_at <= moment
        return has_begun and (self.ends_at is None or moment < self.ends_at)


def access_of(
    entitlements: Iterable[Entitlement],
    *,
    trial_ends_at: datetime | None,
    is_quarantined: bool,
    now: datetime,
) -> Access:
    """Decide by override, else subscription, else trial, else free; what nobody grants is read-only.

    An override decides alone, in both directions (a "no" beats a "yes"). The other sources can only grant: a lapsed
    subscription does not take away a running trial. A quarantined module is out of use whoever pays for it.
    """
    if is_quarantined:
        return "quarantined"
    in_force = [row for row in entitlements if row.holds_at(now)]
    overrides = [row.value for row in in_force if row.source == "override"]
    if overrides:
        return "full" if all(overrides) else "read_only"
    on_trial = trial_ends_at is not None and now < trial_ends_at
    return "full" if on_trial or any(row.value for row in in_force) else "read_only"
