"""Two records of one again: what a merge did is taken back, row by row."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select, text

from charsu.errors import Conflict, NotFound
from charsu.events import emit
from charsu.plugins.dispatch import usable_modules, wanted_arguments
from charsu.process import runtime
from charsu.records.changes import changing
from charsu.records.merging.merge import Merging
from charsu.records.merging.merges import Item, Merge, get_merge, items_of, mark_undone
from charsu.records.merging.moving import Moved, move_back
from charsu.records.merging.pointers import pointers_to
from charsu.records.merging.rows import mark_gone
from charsu.records.restoring import put_back_values
from charsu.text.i18n import _

_PAIR_BACK = text(
    "UPDATE core_duplicate SET state = :state WHERE id = CAST(:id AS uuid) AND state = 'merged'"
)


def unmerge(merging: Merging, merge_id: uuid.UUID) -> Merge:
    """Make two records of one again: the lost one and all rows that came with it are as they were.

    What was changed in the kept record since stays as it is now; a merge that nothing was changed after is
    undone to the last column. Rows that came later stay with the kept record.

    Raises: PermissionDenied; NotFound for an unknown merge or one out of scope; Conflict when it was undone
    already or one of the two is not as the merge left it.
    """
    merging.access.require("merge")
    session, record_type = merging.session, merging.record_type
    found = get_merge(session, record_type.key, merge_id, hold=True)
    _hold_for_undo(merging, found)
    items = items_of(session, merge_id)
    with changing("undo", merge_id):
        mark_gone(session, record_type, found.lost_id, None)
        _move_all_back(merging, found, [item for item in items if item.action == "moved"])
        kept_count = _give_back(merging, found, next(item for item in items if item.action == "kept"))
        _untell_modules(merging, found, [item for item in items if item.action == "told"])
        for item in items:
            if item.action == "pair":
                session.execute(_PAIR_BACK, item.data)
        merging.service.note("unmerge", found.lost_id, {"merged_into": str(found.kept_id)}, None)
    mark_undone(session, merge_id, kept_count=kept_count)
    session.expire_all()
    emit(record_type.facts.restored(**{f"{record_type.name}_id": found.lost_id}))
    return found


def _hold_for_undo(merging: Merging, found: Merge) -> None:
    model: Any = merging.record_type.model
    statement = (
        select(model.id, model.deleted_at)
        .where(model.id.in_((found.kept_id, found.lost_id)), *merging.access.criteria(model, "merge"))
        .order_by(model.id)
        .with_for_update()
    )
    states = {row.id: row.deleted_at for row in merging.session.execute(statement)}
    if found.kept_id not in states:
        raise NotFound(_("There is no such merge."))
    if states[found.kept_id] is not None:
        raise Conflict(
            _("The record that was kept is gone itself. Restore it, or undo its own merge first."),
            code="kept_is_gone",
        )
    if states.get(found.lost_id) is None:
        raise Conflict(_("The record that was merged is not there any more."), code="lost_is_gone")


def _untell_modules(merging: Merging, found: Merge, items: list[Item]) -> None:
    """Dependent modules first. Raises `Conflict` where one that has something to put back is turned off."""
    modules = usable_modules(merging.tenant)
    hooks = {item.module: item for item in runtime().plugins.implementations("unmerge_records", modules)}
    for item in reversed(items):
        module, undo = item.data["module"], item.data["undo"]
        if undo is None:
            continue
        if module not in hooks:
            raise Conflict(
                _("A module that moved something along is turned off. Turn it on to undo the merge."),
                code="module_needed",
            )
        arguments = {
            "record_type": merging.record_type.key,
            "kept_id": found.kept_id,
            "lost_id": found.lost_id,
            "undo": undo,
        }
        hooks[module].function(**wanted_arguments(hooks[module], merging.context, arguments))


def _move_all_back(merging: Merging, found: Merge, items: list[Item]) -> None:
    places = {
        (item.table, item.column, item.is_custom): item
        for item in pointers_to(merging.session, merging.record_type)
    }
    for item in reversed(items):
        moved = Moved(**item.data)
        place = places.get((moved.table, moved.column, moved.is_custom))
        if place is not None:
            move_back(merging.session, place, moved, lost_id=found.lost_id, kept_id=found.kept_id)


def _give_back(merging: Merging, found: Merge, item: Item) -> int:
    """Put the kept record back; return how many values stay, as they were changed since."""
    before, after = item.data["before"], item.data["after"]
    names = [name for name in before if before[name] != after[name]]
    difference = {
        side: {name: row[name] for name in names} for side, row in (("old", before), ("new", after))
    }
    if not names:
        return 0
    stayed = put_back_values(merging.session, merging.record_type, {found.kept_id: difference}, "unmerge")
    return stayed.values.get(found.kept_id, 0)
