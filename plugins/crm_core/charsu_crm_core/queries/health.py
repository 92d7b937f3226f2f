"""How a customer is doing with the business, in a way one can explain to her.

No score out of a black box: what she buys is held against her own rhythm, and each sentence says what was
counted.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Literal

from charsu import clock
from charsu.text.digits import format_number
from charsu.text.i18n import _, ngettext
from charsu_crm_core.queries.customer_work import CustomerWork

#: The rhythm of who bought once only, in days.
_USUAL_DAYS = 60
#: Nobody's rhythm is taken for shorter.
_SHORTEST_DAYS = 7
#: Times of her own rhythm from which a silence is worth a look, and from which it is alarming.
_LATE, _LOST = 1.5, 3.0

Level = Literal["good", "warn", "bad", "new"]


@dataclass(frozen=True)
class Health:
    """The level, what to call it, and why."""

    level: Level
    title: str
    reasons: Sequence[str] = field(default_factory=tuple)
    #: Whether it has been too long since she bought.
    is_late: bool = False


#: Each worse than those before it; who is new is nobody to worry about.
_SEVERITY: tuple[Level, ...] = ("new", "good", "warn", "bad")
#: A purchase: when, its amount, and how much of it came back.
Bought = Sequence[tuple[dt.datetime, int, int]]


@dataclass(frozen=True)
class _Finding:
    """One thing that was counted: how it bodes, and the sentence that says it."""

    level: Level
    reason: str


def health_of(work: CustomerWork) -> Health:
    """Weigh recency and rhythm of purchases, refunds, and what one owes her: the worst of them counts."""
    now, owed = clock.now(), work.first("owed")
    bought = [(row.at, row.amount or 0, row.number) for row in work.rows("bought") if row.at is not None]
    buying = _of_buying(bought, now)
    findings = (buying, *_of_refunds(bought), *_of_tasks(owed.number if owed else 0))
    level = max((one.level for one in findings), key=_SEVERITY.index)
    reasons = [one.reason for one in findings]
    if owed is not None and owed.at is not None and level != "good":
        days = max((now - owed.at).days, 0)
        reasons.append(_("Last contact: %(days)s days ago.", days=format_number(days)))
    return Health(level, _title(level), tuple(reasons), is_late=buying.level in ("warn", "bad"))


def _of_buying(bought: Bought, now: dt.datetime) -> _Finding:
    """How long she has been silent, in times of her own rhythm."""
    if not bought:
        return _Finding("new", _("No purchase yet."))
    rhythm = _rhythm([at for at, _amount, _refunded in bought])
    days = max((now - bought[0][0]).days, 0)
    silence = days / (rhythm or _USUAL_DAYS)
    level: Level = "good" if silence < _LATE else "warn" if silence < _LOST else "bad"
    return _Finding(level, _about_rhythm(rhythm, days))


def _of_refunds(bought: Bought) -> Iterator[_Finding]:
    """A third of the purchases or more came back, at least half of each."""
    count = sum(1 for _at, amount, refunded in bought if refunded * 2 >= amount)
    if count and count * 3 >= len(bought):
        yield _Finding(
            "warn",
            ngettext(
                "%(num)s of the last purchases came back.", "%(num)s of the last purchases came back.", count
            ),
        )


def _of_tasks(overdue: int) -> Iterator[_Finding]:
    if overdue:
        yield _Finding(
            "warn",
            ngettext(
                "%(num)s task for this customer is overdue.",
                "%(num)s tasks for this customer are overdue.",
                overdue,
            ),
        )


def _rhythm(moments: Sequence[dt.datetime]) -> float | None:
    """The usual days between two purchases; None for a single one."""
    gaps = [(later - earlier).total_seconds() / 86_400 for later, earlier in pairwise(moments)]
    return max(median(gaps), _SHORTEST_DAYS) if gaps else None


def _about_rhythm(rhythm: float | None, days: int) -> str:
    ago = ngettext("%(num)s day ago", "%(num)s days ago", days) if days else _("today")
    if rhythm is None:
        return _("Bought once, %(ago)s.", ago=ago)
    return _(
        "Buys about every %(rhythm)s days; the last purchase was %(ago)s.",
        rhythm=format_number(round(rhythm)),
        ago=ago,
    )


def _title(level: Level) -> str:
    return {
        "good": _("Doing well"),
        "warn": _("Needs attention"),
        "bad": _("About to be lost"),
        "new": _("New to you"),
    }[level]
