"""What a hook, a reaction or a job is given: the tenant, its session, who acts and what they may do."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.orm import Session

from charsu_tenants.context import Tenant

if TYPE_CHECKING:
    from charsu.events.cause import Actor


Found = TypeVar("Found")


def allow_everything(_permission: str) -> bool:
    """Answer every question of permission with yes: work of the system itself."""
    return True


@dataclass(frozen=True, kw_only=True)
class HookContext:
    """The surroundings of one call. Nothing else of the core is handed to a plugin: no app, no engine, no
    request.

    `session` serves this tenant alone; never commit it, the core does at the edge. `can` answers for the
    acting person; in reactions and jobs, which act for the business itself, it answers yes.
    """

    tenant: Tenant
    session: Session
    actor: Actor
    can: Callable[[str], bool] = allow_everything
    #: What `once` read.
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, read: Callable[[], Found]) -> Found:
        """What `read` gives, read once for all hooks of one page; `key` begins with the module's name.

        A page asks for figures, fragments and the timeline one after another, each with a session of its own:
        so keep plain values, no objects of a session.
        """
        if key not in self.kept:
            self.kept[key] = read()
        found: Found = self.kept[key]
        return found
