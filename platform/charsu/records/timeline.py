"""One timeline of a record: what every module tells of it and its own changes, merged, newest first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from sqlalchemy.orm import Session

from charsu import clock
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import call
from charsu.plugins.manifest import Text
from charsu.plugins.pieces import TimelineEntry
from charsu.records.access import RecordAccess
from charsu.records.history import HistoryEntry, in_words, list_changes
from charsu.text.i18n import _, lazy

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: The kind of the record's own changes.
CHANGES = "core.change"
#: Entries of a page of it.
PAGE = 20
#: How often more is fetched to fill a page narrowed to some kinds.
_ROUNDS = 5
_CHANGES_TITLE = lazy("Changes")
_MOST_NAMED = 4


@dataclass(frozen=True, kw_only=True)
class TimelinePage:
    """A part of a timeline, newest first."""

    entries: Sequence[TimelineEntry]
    #: Kinds met on the way, with their titles, for the filter.
    kinds: Mapping[str, Text]
    #: Where the next part begins; None at the end.
    before: dt.datetime | None


def read_timeline(
    ctx: HookContext,
    record_type: RecordType,
    access: RecordAccess,
    record_id: uuid.UUID,
    *,
    before: dt.datetime | None = None,
    kind: str = "",
) -> TimelinePage:
    """The entries older than `before`, of one kind where it is named; a module that fails is left out.

    Entries of one moment are never parted, so a page may be a little longer.
    """
    moment = before or clock.now() + dt.timedelta(days=366 * 20)
    kinds: dict[str, Text] = {}
    chosen: list[TimelineEntry] = []
    for _round in range(_ROUNDS):
        found, is_over = _fetch(ctx, record_type, access, record_id, moment)
        kinds |= {entry.kind: entry.kind_title for entry in found}
        chosen += [entry for entry in found if kind in ("", entry.kind)]
        if is_over or not found:
            return TimelinePage(entries=chosen, kinds=kinds, before=None)
        moment = found[-1].at
        if len(chosen) >= PAGE:
            break
    return TimelinePage(entries=chosen, kinds=kinds, before=moment)


def _fetch(
    ctx: HookContext,
    record_type: RecordType,
    access: RecordAccess,
    record_id: uuid.UUID,
    before: dt.datetime,
) -> tuple[list[TimelineEntry], bool]:
    """A page of entries of all kinds, and whether there is nothing behind them."""
    asked = {"record_type": record_type.key, "record_id": record_id, "before": before, "limit": PAGE + 1}
    of_modules = [
        answer.value
        for answer in call("timeline", ctx, **asked)
        if isinstance(answer.value, TimelineEntry) and answer.value.at < before
    ]
    own = _own(ctx.session, record_type, access, record_id, before)
    found = sorted([*of_modules, *own], key=lambda entry: (entry.at, -entry.order), reverse=True)
    return newest(found, PAGE), len(found) <= PAGE


class _Dated(Protocol):
    """What happened at a moment."""

    @property
    def at(self) -> dt.datetime: ...


Row = TypeVar("Row", bound=_Dated)


def newest(rows: Iterable[Row], limit: int) -> list[Row]:
    """The `limit` newest of what several tables told, with all that happened at the moment of the last one.

    For the `timeline` hook: so only what can be on the page is put into words.
    """
    found = sorted(rows, key=lambda row: row.at, reverse=True)
    if len(found) <= limit:
        return found
    last = found[limit - 1].at
    return [row for row in found if row.at >= last]


def _own(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    record_id: uuid.UUID,
    before: dt.datetime,
) -> Iterable[TimelineEntry]:
    changes = list_changes(session, record_type, record_id, before=before, limit=PAGE + 1)
    url = record_type.url(record_id, "history")
    told = [
        change if change.action == "update" else change._replace(before=None, after=None)
        for change in changes
    ]
    for entry in in_words(session, record_type, access, told):
        if entry.action == "update" and not entry.changes:
            continue
        yield TimelineEntry(
            at=entry.at,
            kind=CHANGES,
            kind_title=_CHANGES_TITLE,
            title=entry.title,
            text=_told(entry),
            icon=entry.icon,
            url=url,
            actor=entry.actor,
            order=50,
        )


def _isolated(value: str) -> str:
    """A value within a line of the other script, kept from turning what stands beside it around."""
    return f"\u2068{value or '—'}\u2069"


def _told(entry: HistoryEntry) -> str:
    """What an update changed, in a line; the other actions speak for themselves."""
    if entry.action != "update":
        return ""
    parts = [
        _(
            "%(field)s: %(before)s → %(after)s",
            field=one.title,
            before=_isolated(one.before),
            after=_isolated(one.after),
        )
        for one in entry.changes[:_MOST_NAMED]
    ]
    if len(entry.changes) > _MOST_NAMED:
        parts.append("…")
    return "\n".join(part if len(part) <= 160 else f"{part[:159]}…" for part in parts)
