"""Decides what each row of a file does: adds a record, changes one, changes nothing, or is refused.

The preview and the run both ask here, so the preview shows what the run will do.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import marshmallow as ma
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import Conflict, DomainError, NotFound, PermissionDenied
from charsu.events.ids import new_event_id
from charsu.records.access import RecordAccess
from charsu.records.custom import fields_of
from charsu.records.fields import Field
from charsu.records.importing.matching import Key, Matcher, keys_of
from charsu.records.importing.options import ID, ImportOptions
from charsu.records.importing.parsing import EMPTY, ParsedRow, Parser, first_message, read_cell
from charsu.records.service import service_of
from charsu.records.sheets import Row
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Asks which of some records were written by earlier rows of the same import, and by which.
Touched = Callable[[AbstractSet[uuid.UUID]], Mapping[uuid.UUID, int]]
_TEAMMATES = text("""
    SELECT other.member_id FROM core_team_member mine JOIN core_team_member other USING (team_id)
     WHERE mine.member_id = :member_id UNION SELECT CAST(:member_id AS uuid)
""")
#: A plan kept from another chunk compares every record with every value of an array it does not know, which
#: takes longer with each chunk; one made for this array looks the values up, along an index or by a hash.
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
_PLAN_AS_EVER = text("SET LOCAL plan_cache_mode = DEFAULT")
#: Keys of records a preview remembers as its rows left them.
_MOST_PLANNED = 20_000
Action = Literal["create", "update", "same", "skip", "refuse"]


@dataclass
class Outcome:
    """What one row does. `record` is the new or changed record, which belongs to no session."""

    row: Row
    action: Action
    record: Any = None
    #: Old values of what changes, by field.
    before: dict[str, Any] = field(default_factory=dict)
    reasons: list[dict[str, str]] = field(default_factory=list)


class Planner:
    """Plans the rows of one import for one person; give it chunk after chunk, in the file's order.

    `touched` tells which of some records this import wrote in earlier chunks, with the rows' numbers; without
    it nothing is written, and the planner itself remembers all rows.
    """

    def __init__(
        self,
        session: Session,
        record_type: RecordType,
        access: RecordAccess,
        options: ImportOptions,
        *,
        touched: Touched | None = None,
    ) -> None:
        self.record_type = record_type
        self.options = options
        self.service = service_of(record_type, session, access)
        self.service.has_checked_links = True
        self.fields: dict[str, Field] = {item.name: item for item in fields_of(session, record_type)}
        self.visible = {item.name: item for item in access.readable(self.fields.values())}
        self._match = [self.fields[name] for name in options.match]
        self._parser = Parser(session, access, self.fields, options, is_holding=touched is not None)
        self._matcher = Matcher(session, record_type, access, self._match)
        self._modes = {item.field: item.mode for item in options.columns if item.field != ID}
        self._defaults = self._read_defaults()
        self._touched = touched
        #: Number of the first row about a record, by its keys and its id.
        self._seen: dict[Key, int] = {}
        #: In a preview, records as the rows before left them, for further rows about them.
        self._planned: dict[Key, Any] = {}

    def plan(self, rows: Sequence[Row]) -> list[Outcome]:
        """Decide on a chunk of rows; on fewer than given where one must wait for those before it."""
        self.service.session.execute(_PLAN_ANEW)
        parsed = self._parser.parse(rows)
        good = [item for item in parsed if not item.reasons]
        found = self._matcher.find(good, is_locking=self._touched is not None)
        if self._touched is not None:
            ids = {record.id for records in found.values() for record in records}
            self._seen = {("id", key): number for key, number in self._touched(ids).items()} if ids else {}
            if self.options.repeated == "apply":
                self._seen = {}
        self.service.session.execute(_PLAN_AS_EVER)
        return list(self._decide(parsed, found))

    def _decide(self, parsed: Sequence[ParsedRow], found: Mapping[Key, list[Any]]) -> Iterator[Outcome]:
        for item in parsed:
            outcome = self._outcome(item, found)
            if outcome is None:
                return
            yield outcome

    def _outcome(self, item: ParsedRow, found: Mapping[Key, list[Any]]) -> Outcome | None:
        """The row's outcome; None for one that must wait until the rows before it are written."""
        if item.reasons:
            return _refused(item)
        keys = keys_of(item, self._match)
        try:
            target = self._target(keys, found)
            if target is not None:
                keys.append(("id", target.id))
            first = next((key for key in keys if key in self._seen), None)
            if first is None:
                outcome = self._create(item) if target is None else self._update(item, target)
            elif (repeated := self._repeat(item, first)) is None:
                return None
            else:
                outcome = repeated
        except ma.ValidationError as error:
            item.refuse(first_message(error.messages))
            return _refused(item)
        except DomainError as error:
            title = str(self.fields[error.field].title) if error.field in self.fields else ""
            item.refuse(error.message or _("You may not do this."), title)
            return _refused(item)
        self._remember(keys, outcome)
        return outcome

    def _remember(self, keys: Sequence[Key], outcome: Outcome) -> None:
        if outcome.action == "refuse":
            return
        for key in keys:
            self._seen.setdefault(key, outcome.row.number)
            if self._applies_in_preview and (key in self._planned or len(self._planned) < _MOST_PLANNED):
                self._planned[key] = outcome.record

    @property
    def _applies_in_preview(self) -> bool:
        return self._touched is None and self.options.repeated == "apply"

    def _target(self, keys: list[Key], found: Mapping[Key, list[Any]]) -> Any:
        """The one existing record a key finds, None for none; several are a `Conflict`."""
        for key in keys:
            records = found.get(key, [])
            if len(records) > 1:
                raise Conflict(_("%(count)s records match this row.", count=len(records)), field=key[0])
            if records:
                return records[0]
        return None

    def _repeat(self, item: ParsedRow, first: Key) -> Outcome | None:
        """A further row about one record: refused, or the next change of it.

        The run waits until the first row is written. A preview, which writes nothing, goes on from the record
        as that row left it; of the very largest files it remembers so many records only, and counts a change.
        """
        if self.options.repeated == "refuse":
            item.refuse(_("Row %(number)s is about the same record.", number=self._seen[first]))
            return _refused(item)
        if self._touched is not None:
            return None
        so_far = self._planned.get(first)
        return Outcome(item.row, "update") if so_far is None else self._update(item, _twin(so_far))

    def _create(self, item: ParsedRow) -> Outcome:
        if self.options.rows == "existing":
            return Outcome(item.row, "skip")
        if item.record_id:
            raise NotFound(_("There is no such record."))
        record = self.service.build({**self._defaults, **item.values})
        self._check_owner(record.owner_id)
        record.id = new_event_id()
        return Outcome(item.row, "create", record)

    def _update(self, item: ParsedRow, record: Any) -> Outcome:
        if self.options.rows == "new":
            return Outcome(item.row, "skip", record)
        values = {name: value for name, value in item.values.items() if self._is_wanted(name, record)}
        kept = dict(vars(record))
        try:
            before = self.service.change(record, values) if values else {}
            if "owner_id" in before:
                self._check_owner(record.owner_id)
        except (DomainError, ma.ValidationError):
            # A later row may be about the same record: what was put into it goes out again.
            vars(record).update(kept)
            raise
        return Outcome(item.row, "update" if before else "same", record, before)

    def _check_owner(self, owner_id: uuid.UUID | None) -> None:
        """Refuse to give a record away to where one could not have it oneself."""
        access = self.service.access
        access.check_owner(owner_id)
        if access.scopes.get("write") == "team" and owner_id not in self._teammates:
            raise PermissionDenied(_("You can only keep records of your team."), field="owner_id")

    @cached_property
    def _teammates(self) -> frozenset[uuid.UUID]:
        found = self.service.session.execute(_TEAMMATES, {"member_id": self.service.access.member_id})
        return frozenset(found.scalars())

    def _is_wanted(self, name: str, record: Any) -> bool:
        mode = self._modes[name]
        return mode == "update" or (mode == "fill" and self.fields[name].read(record) in EMPTY)

    def _read_defaults(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, written in self.options.defaults.items():
            value, _message = read_cell(self.fields[name], written) if name in self.fields else (None, "")
            if value not in EMPTY:
                values[name] = value
        return values


def _twin(record: Any) -> Any:
    """The same record once more, so that what is shown of the row before stays as it is."""
    twin = type(record)()
    vars(twin).update({name: value for name, value in vars(record).items() if name != "_sa_instance_state"})
    return twin


def _refused(item: ParsedRow) -> Outcome:
    return Outcome(item.row, "refuse", reasons=item.reasons)
