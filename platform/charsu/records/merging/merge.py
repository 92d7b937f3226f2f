"""One record of two: the use case behind page and API. `unmerge` takes it back."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import NotFound, RuleViolated
from charsu.events import current_actor, emit
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import usable_modules, wanted_arguments
from charsu.process import runtime
from charsu.records.access import RecordAccess, full_access
from charsu.records.changes import changing
from charsu.records.custom import fields_of
from charsu.records.merging.choices import default_values
from charsu.records.merging.merges import Item, begin_merge, finish_merge
from charsu.records.merging.moving import Moved, move
from charsu.records.merging.pointers import Pointer, pointers_to
from charsu.records.merging.rows import mark_gone, row_as_json
from charsu.records.record_type import RecordType
from charsu.records.service import RecordService, service_of
from charsu.text.i18n import _
from charsu_tenants.context import Tenant

_PAIR = text("""
    UPDATE core_duplicate SET state = 'merged'
     WHERE record_type = :record_type AND first_id = :first AND second_id = :second AND state <> 'merged'
    RETURNING core_duplicate.id, old.state AS before
""")


@dataclass(frozen=True)
class Merging:
    """The surroundings of a merge: whose records, of which type, and who merges within which bounds."""

    tenant: Tenant
    session: Session
    record_type: RecordType
    access: RecordAccess

    @property
    def context(self) -> HookContext:
        """What the modules' hooks are given."""
        return HookContext(tenant=self.tenant, session=self.session, actor=current_actor())

    @property
    def service(self) -> RecordService[Any]:
        """The type's service for what follows from the merge by itself, hidden fields among it."""
        return service_of(self.record_type, self.session, full_access())


def merge(
    merging: Merging, kept_id: uuid.UUID, lost_id: uuid.UUID, values: Mapping[str, Any] | None = None
) -> uuid.UUID:
    """Let one record become part of another; return the id of the merge, by which it can be undone.

    `values` are what the kept record gets in fields somebody decided on; of the others it keeps its own,
    fills its blanks and unites lists. Everything that points at the lost record moves along, of every module,
    and the lost record is gone from all lists; its address leads to the kept one. Both rows are locked in the
    order of their ids, against new rows that would point at them too.

    Raises: PermissionDenied; NotFound for a record that is not there, in the bin or out of scope;
    RuleViolated for a record with itself or sample data with real; what the type's service and hooks raise.
    """
    kept, lost = _hold_both(merging, kept_id, lost_id)
    session, record_type = merging.session, merging.record_type
    given = service_of(record_type, session, merging.access).cleaned(values or {})
    if "owner_id" in given:
        merging.access.check_owner(given["owner_id"], "merge")
    defaults = default_values(record_type, fields_of(session, record_type), kept, lost)
    title = str(record_type.by_name[record_type.title_field].read(lost))
    options = {"kept_id": kept_id, "lost_id": lost_id, "lost_title": title}
    batch_id = begin_merge(session, record_type.key, options, merging.access.member_id)
    with changing("merge", batch_id):
        before = row_as_json(session, record_type, kept_id)
        mark_gone(session, record_type, lost_id, clock.now())
        places = pointers_to(session, record_type)
        moved = [_moved(session, item, lost_id, kept_id) for item in places]
        _take_over(merging, kept, {**defaults, **given}, lost_id)
        told = _tell_modules(merging, kept_id, lost_id)
    after = row_as_json(session, record_type, kept_id)
    items = [
        Item("kept", kept_id, {"before": before, "after": after}),
        *_pair_items(merging, kept_id, lost_id),
        *(Item("moved", None, found.as_json()) for found in moved if found.rows),
        *(Item("told", None, {"module": module, "undo": undo}) for module, undo in told),
    ]
    finish_merge(session, batch_id, items, _counted(places, moved))
    session.expire_all()
    emit(record_type.facts.merged(**{f"{record_type.name}_id": kept_id, "lost_id": lost_id}))
    return batch_id


def _hold_both(merging: Merging, kept_id: uuid.UUID, lost_id: uuid.UUID) -> tuple[Any, Any]:
    merging.access.require("merge")
    if kept_id == lost_id:
        raise RuleViolated(_("A record can not be merged with itself."), code="merge_with_itself")
    held = {one: _held(merging, one) for one in sorted((kept_id, lost_id))}
    kept, lost = held[kept_id], held[lost_id]
    if kept.is_sample != lost.is_sample:
        raise RuleViolated(
            _("Sample data can not be merged with your own records."), code="merge_with_sample"
        )
    return kept, lost


def _held(merging: Merging, record_id: uuid.UUID) -> Any:
    """The live record, locked so that nothing new can be hung on it by a foreign key or a checked link."""
    model: Any = merging.record_type.model
    statement = (
        select(model)
        .where(model.id == record_id, model.deleted_at.is_(None), *merging.access.criteria(model, "merge"))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    record = merging.session.execute(statement).scalar_one_or_none()
    if record is None:
        raise NotFound(_("There is no such record."))
    return record


def _moved(session: Session, item: Pointer, lost_id: uuid.UUID, kept_id: uuid.UUID) -> Moved:
    """Move the rows of one place. Raises `RuleViolated` where one can not belong to the kept record."""
    try:
        return move(session, item, lost_id=lost_id, kept_id=kept_id)
    except IntegrityError as refusal:
        raise RuleViolated(
            _(
                "“%(title)s” stands against it: an entry there can not belong to one and the same record.",
                title=str(item.title),
            ),
            code="merge_breaks_rule",
        ) from refusal


def _take_over(merging: Merging, kept: Any, values: Mapping[str, Any], lost_id: uuid.UUID) -> None:
    """Write the kept record by the rules of its type, and the merge into the history of both."""
    service = merging.service
    before = service.change(kept, values)
    merging.session.flush()
    if before:
        # Out of one's own reach is where nobody may put a record, by a merge neither.
        _held(merging, kept.id)
    fields = {item.name: item for item in fields_of(merging.session, merging.record_type)}
    service.note(
        "merge",
        kept.id,
        {name: fields[name].to_stored(value) for name, value in before.items()},
        {name: fields[name].to_stored(fields[name].read(kept)) for name in before}
        | {"merged_from": str(lost_id)},
    )
    service.note("merge", lost_id, None, {"merged_into": str(kept.id)})
    service.saved(kept, before)
    merging.session.flush()


def _pair_items(merging: Merging, kept_id: uuid.UUID, lost_id: uuid.UUID) -> list[Item]:
    first, second = sorted((kept_id, lost_id))
    values = {"record_type": merging.record_type.key, "first": first, "second": second}
    rows = merging.session.execute(_PAIR, values).all()
    return [Item("pair", None, {"id": str(row.id), "state": row.before}) for row in rows]


def _tell_modules(merging: Merging, kept_id: uuid.UUID, lost_id: uuid.UUID) -> list[tuple[str, Any]]:
    arguments = {"record_type": merging.record_type.key, "kept_id": kept_id, "lost_id": lost_id}
    merging.session.flush()
    return [
        (item.module, item.function(**wanted_arguments(item, merging.context, arguments)))
        for item in runtime().plugins.implementations("merge_records", usable_modules(merging.tenant))
    ]


def _counted(places: Sequence[Pointer], moved: Sequence[Moved]) -> dict[str, int]:
    """How many rows moved, by what they are called."""
    counts: Counter[str] = Counter()
    for item, found in zip(places, moved, strict=True):
        counts[str(item.title)] += len(found.rows)
    return dict(+counts)
