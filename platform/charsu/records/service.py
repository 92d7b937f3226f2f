"""The writing side of a record type: adding, changing, deleting and restoring records by its rules."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import Conflict, NotFound, PermissionDenied
from charsu.events import emit
from charsu.records.access import RecordAccess
from charsu.records.bin import put_in_bin, take_out_of_bin
from charsu.records.changes import Change, note_changes
from charsu.records.cleaning import check_names, fill_in
from charsu.records.columns import columns_beyond
from charsu.records.custom import fields_of
from charsu.records.links import check_links
from charsu.records.model import Record
from charsu.text.folding import fold_for_search
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.fields import Field
    from charsu.records.record_type import RecordType

M = TypeVar("M", bound=Record)
Values = Mapping[str, Any]
#: Code of the conflict with somebody who changed the record since one looked.
STALE = "stale"


class RecordService(Generic[M]):
    """What can be done with the records of one type, within the bounds of one actor.

    Every page, API call, import, bulk edit, merge and automation writes through here, so a module's rule in
    `check` holds for all of them. Nothing is committed. Each write locks the record (FOR NO KEY UPDATE),
    notes the change and emits the type's event.

    A module subclasses it and names the subclass in its `RecordType`; what it may override is `prepare`,
    `check`, `saved`, `deleted` and `put_back`.
    """

    def __init__(self, record_type: RecordType, session: Session, access: RecordAccess) -> None:
        self.record_type = record_type
        self.session = session
        self.access = access
        #: Set where links were found by a query of their own for many records, as an import does.
        self.has_checked_links = False

    # What a module overrides.

    def prepare(self, record: M, before: Values) -> None:
        """Fill in what follows from other values; `before` holds the old ones of the changed fields, by name.

        Empty for a new record. Runs ahead of `check`, also for the rows of an import.
        """

    def check(self, record: M, before: Values) -> None:
        """Raise `RuleViolated` where the record as a whole may not be so. Must not write."""

    def saved(self, record: M, before: Values) -> None:
        """Go on after the record was written: child rows, further events. `before` as in `prepare`."""

    def deleted(self, record: M) -> None:
        """Go on after the record was put into the bin."""

    def put_back(self, record: M, before: Values) -> str | None:
        """Go on after a batch was taken back: what follows from the fields that changed by it.

        `before` as in `prepare`. No rule is asked, for what was there once may be there again. Where
        something stays all the same, answer the word of `RecordType.stays` that says so to people.
        """

    def search_words(self, record: M) -> list[str]:  # noqa: ARG002 - for those who override it
        """Further words the record is found by, beyond its searched fields."""
        return []

    # Use cases.

    def create(self, values: Values) -> M:
        """Add a record. Fields left out keep the column's default.

        Raises: PermissionDenied, RuleViolated; `field` names the field, also of a link that leads nowhere.
        """
        self.access.require("write")
        record = self.build(values)
        self.access.check_owner(record.owner_id)
        self.session.add(record)
        self.session.flush()
        self._check_still_mine(record.id)
        self.note("create", record.id, None, self.stored_values(record))
        emit(self._event("created", record.id))
        self.saved(record, {})
        return record

    def update(self, record_id: uuid.UUID, values: Values, *, expected_at: dt.datetime | None = None) -> M:
        """Give the named fields new values; the others stay. Nothing happens where all are as before.

        `expected_at` is the `updated_at` the writer saw: where somebody changed the record since, `Conflict`.
        Raises as `create`, and NotFound for a record that is not there, in the bin or out of scope.
        """
        record = self.locked(record_id)
        if expected_at is not None and record.updated_at != expected_at:
            raise Conflict(
                _("Somebody changed this meanwhile. Look at the new values and try again."), code=STALE
            )
        before = self.change(record, values)
        if not before:
            return record
        beyond = columns_beyond(record, before)
        self.session.flush()
        if "owner_id" in before:
            self.access.check_owner(record.owner_id)
            self._check_still_mine(record_id)
        fields = self._by_name()
        self.note(
            "update",
            record_id,
            {name: fields[name].to_stored(value) for name, value in before.items()} | beyond.before,
            {name: fields[name].to_stored(fields[name].read(record)) for name in before} | beyond.after,
        )
        emit(self._event("updated", record_id, fields=sorted(before)))
        self.saved(record, before)
        return record

    def delete(self, record_id: uuid.UUID) -> uuid.UUID:
        """Put a record into the bin, with those that go along; returns the id of the deletion, for `restore`.

        Raises: NotFound, PermissionDenied.
        """
        record = self.locked(record_id, "delete")
        deletion_id = put_in_bin(self.session, self.record_type, record)
        self.note("delete", record_id, None, None)
        emit(self._event("deleted", record_id))
        self.deleted(record)
        return deletion_id

    def restore(self, deletion_id: uuid.UUID) -> uuid.UUID:
        """Take a record out of the bin with all that went along; returns its id.

        Raises: NotFound for a deletion that is not there, undone already or out of scope; RuleViolated where
        the record may not be there any more.
        """
        self.access.require("delete")
        record_id = take_out_of_bin(self.session, self.record_type, self.access, deletion_id)
        record = self.locked(record_id, "delete")
        self.check(record, {})
        self.note("restore", record_id, None, None)
        emit(self._event("restored", record_id))
        return record_id

    # Parts that import, bulk edit and merge share.

    def build(self, values: Values) -> M:
        """A new record with checked values that is not added to the session yet.

        A record nobody owns belongs to who adds it. Raises as `create`.
        """
        cleaned = self.cleaned(values, is_new=True)
        record = cast("M", self.record_type.model(custom={}))
        fields = self._by_name()
        for name, value in cleaned.items():
            fields[name].write(record, value)
        if record.owner_id is None:
            record.owner_id = self.access.member_id
        self.prepare(record, {})
        self.refresh_search(record)
        self.check(record, {})
        return record

    def change(self, record: M, values: Values) -> dict[str, Any]:
        """Put checked values into a loaded record.

        Returns the old values of the fields that really changed.
        """
        cleaned = self.cleaned(values, record=record)
        fields = self._by_name()
        before = {name: old for name, value in cleaned.items() if (old := fields[name].read(record)) != value}
        if before:
            for name in before:
                fields[name].write(record, cleaned[name])
            record.updated_at = clock.now()
            # What rules read must not write what they have not yet allowed.
            with self.session.no_autoflush:
                self.prepare(record, before)
                self.refresh_search(record)
                self.check(record, before)
        return before

    def cleaned(
        self, values: Values, *, is_new: bool = False, record: Record | None = None
    ) -> dict[str, Any]:
        """The values in their stored form; `record` is the one they are for.

        A link that stays as it is in `record` is not asked about: its target may be gone or hidden by now.
        Raises RuleViolated, PermissionDenied for a field one may not write.
        """
        fields = self._by_name()
        check_names(fields, self.access, values)
        cleaned = {name: fields[name].checked(value) for name, value in values.items()}
        fill_in(self.record_type.model, fields, cleaned, is_new=is_new)
        if not self.has_checked_links:
            changed = [
                fields[name]
                for name, value in cleaned.items()
                if record is None or fields[name].read(record) != value
            ]
            check_links(self.session, changed, cleaned, self.access)
        return cleaned

    def locked(self, record_id: uuid.UUID, verb: str = "write") -> M:
        """The record, its row locked until the transaction ends. Raises NotFound, also out of scope."""
        self.access.require(verb)
        model: Any = self.record_type.model
        statement = (
            select(model)
            .where(model.id == record_id, model.deleted_at.is_(None), *self.access.criteria(model, verb))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        record: M | None = self.session.execute(statement).scalar_one_or_none()
        if record is None:
            raise NotFound(_("There is no such record."))
        return record

    def note(self, action: Any, record_id: uuid.UUID, before: Any, after: Any) -> None:
        """Write one change into the audit."""
        note_changes(self.session, self.record_type.key, action, [Change(record_id, before, after)])

    def stored_values(self, record: M) -> dict[str, Any]:
        """All values as JSON, without the empty ones."""
        values = {item.name: item.to_stored(item.read(record)) for item in self._by_name().values()}
        return {name: value for name, value in values.items() if value not in (None, "", [], {})}

    def _check_still_mine(self, record_id: uuid.UUID) -> None:
        """Refuse to let a record out of one's own reach; only with scope `team` the database must tell."""
        if self.access.scopes.get("write") != "team":
            return
        try:
            self.locked(record_id)
        except NotFound:
            raise PermissionDenied(
                _("You can only keep records of your team."), field="owner_id", code="owner_out_of_scope"
            ) from None

    def _by_name(self) -> dict[str, Field]:
        return {item.name: item for item in fields_of(self.session, self.record_type)}

    def refresh_search(self, record: M) -> None:
        """Make the record's search text anew from its values."""
        # The title first: global search finds by an index what begins as it was typed.
        named = self.record_type.title_field
        words = [
            word
            for item in sorted(self._by_name().values(), key=lambda item: item.name != named)
            if item.is_searched
            for word in item.search_words(item.read(record))
        ]
        record.search_text = fold_for_search(*words, *self.search_words(record))

    def _event(self, verb: str, record_id: uuid.UUID, **more: Any) -> Any:
        return getattr(self.record_type.facts, verb)(**{f"{self.record_type.name}_id": record_id, **more})


def service_of(record_type: RecordType, session: Session, access: RecordAccess) -> RecordService[Any]:
    """The service the type declares, for this session and actor."""
    return record_type.service(record_type, session, access)
