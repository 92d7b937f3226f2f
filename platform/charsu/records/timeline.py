"""One timeline of a record: what every module tells of it and its own changes, merged, newest first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from markupsafe import Markup
from sqlalchemy.orm import Session

from charsu import clock
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import Answers, Ask, call_together
from charsu.plugins.manifest import Text
from charsu.plugins.pieces import TimelineEntry
from charsu.records.access import RecordAccess
from charsu.records.history import (
    HistoryEntry,
    StoredChange,
    in_words,
    is_shown,
    list_changes,
    shown_names,
)
from charsu.records.timeline_rows import draw_entries
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

    @property
    def html(self) -> Markup:
        """The entries drawn."""
        return draw_entries(self.entries)


class TimelineReading:
    """Reads the entries older than `before`, of one kind where it is named; a module that fails is left out.

    Put `ask()` to the modules together with what else the page asks of them, and give the answers to `page`.
    Entries of one moment are never parted, so a page may be a little longer.
    """

    def __init__(
        self, ctx: HookContext, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID
    ) -> None:
        self._ctx = ctx
        self._record_type = record_type
        self._access = access
        self._record_id = record_id
        self._own: Sequence[StoredChange] = ()
        self._sieve = _Newest(clock.now())

    def ask(self, before: dt.datetime | None = None) -> Ask:
        """What to ask of the modules.

        The record's own changes are read first, so that modules need not tell what those push off the page.
        """
        moment = before or clock.now() + dt.timedelta(days=366 * 20)
        self._sieve = _Newest(moment)
        self._own = self._changes(moment)
        self._sieve.meet(self._own)
        asked = {"record_type": self._record_type.key, "record_id": self._record_id}
        return Ask("timeline", {**asked, "before": moment, "limit": PAGE + 1}, self._sieve)

    def page(self, given: Answers, kind: str = "") -> TimelinePage:
        """The page, from what the modules answered; asks them again where one kind does not fill it."""
        kinds: dict[str, Text] = {}
        chosen: list[TimelineEntry] = []
        found: list[TimelineEntry] = []
        for is_again in range(_ROUNDS):
            if is_again:
                given = call_together(self._ctx, [self.ask(found[-1].at)])[0]
            found, is_over = self._merged(given)
            kinds |= {entry.kind: entry.kind_title for entry in found}
            chosen += [entry for entry in found if kind in ("", entry.kind)]
            if is_over or not found:
                return TimelinePage(entries=chosen, kinds=kinds, before=None)
            if len(chosen) >= PAGE:
                break
        return TimelinePage(entries=chosen, kinds=kinds, before=found[-1].at)

    def _merged(self, given: Answers) -> tuple[list[TimelineEntry], bool]:
        """A page of entries of all kinds, and whether there is nothing behind them."""
        of_modules = [
            answer.value
            for answer in given.answers
            if isinstance(answer.value, TimelineEntry) and answer.value.at < self._sieve.before
        ]
        own = [change for change in self._own if not self._sieve.is_past(change)]
        own_told = _told(self._ctx.session, self._record_type, self._access, self._record_id, own)
        found = sorted([*of_modules, *own_told], key=lambda entry: (entry.at, -entry.order), reverse=True)
        return newest(found, PAGE), len(found) <= PAGE

    def _changes(self, before: dt.datetime) -> list[StoredChange]:
        """The record's own changes of which her reader sees anything."""
        session, record_type = self._ctx.session, self._record_type
        stored = list_changes(session, record_type, self._record_id, before=before, limit=PAGE + 1)
        names = shown_names(session, record_type, self._access)
        return [change for change in stored if change.action != "update" or is_shown(change, names)]


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


class _Newest:
    """The moments of the newest entries met so far: what is older than all of them is not on the page."""

    def __init__(self, before: dt.datetime) -> None:
        self.before = before
        self._moments: list[dt.datetime] = []
        self._floor: dt.datetime | None = None

    def is_past(self, row: _Dated) -> bool:
        """Whether neither this nor anything older can be on the page, nor tell that there is more behind."""
        return self._floor is not None and row.at < self._floor

    def meet(self, rows: Iterable[_Dated]) -> None:
        """Count these in."""
        met = [row.at for row in rows if row.at < self.before]
        self._moments = sorted([*self._moments, *met], reverse=True)[: PAGE + 1]
        if len(self._moments) > PAGE:
            self._floor = self._moments[-1]


def _told(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    record_id: uuid.UUID,
    changes: Iterable[StoredChange],
) -> Iterable[TimelineEntry]:
    url = record_type.url(record_id, "history")
    # Only an update tells what it changed.
    bare = [one if one.action == "update" else one._replace(before=None, after=None) for one in changes]
    for entry in in_words(session, record_type, access, bare):
        yield TimelineEntry(
            at=entry.at,
            kind=CHANGES,
            kind_title=_CHANGES_TITLE,
            title=entry.title,
            text=_text(entry),
            icon=entry.icon,
            url=url,
            actor=entry.actor,
            order=50,
        )


def _isolated(value: str) -> str:
    """A value within a line of the other script, kept from turning what stands beside it around."""
    return f"\u2068{value or '—'}\u2069"


def _text(entry: HistoryEntry) -> str:
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
