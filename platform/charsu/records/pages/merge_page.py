"""The pages of a merge: choose the two, compare field by field, see what happened, undo it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from charsu.db import db
from charsu.errors import Conflict, DomainError, NotFound, PermissionDenied, RuleViolated
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.records.history import in_words, list_changes
from charsu.records.merging.choices import values_by_choice
from charsu.records.merging.comparing import compare
from charsu.records.merging.merge import Merging, merge
from charsu.records.merging.merges import Merge, get_merge, merged_into
from charsu.records.merging.unmerge import unmerge
from charsu.records.record_type import RecordType
from charsu.records.search import search_records
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import errors_of
from charsu.web.rendering import redirect_to_path, render

_CHOICE = "choice-"
#: So many changes of the lost record stand on the page of its merge.
_NEWEST = 30
_REFUSALS = (RuleViolated, Conflict, PermissionDenied)


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add `/merge`, `/merges/<id>` and the way from what was merged to what was kept."""
    if "merge" not in record_type.verbs:
        return
    _add_merging(pages, record_type)
    _add_merges(pages, record_type)
    _add_way_to_kept(pages, record_type)


def _add_merging(pages: Blueprint, record_type: RecordType) -> None:
    permission = record_type.permission("merge")

    @pages.get("/merge")
    @requires(permission)
    def ask_merge() -> Response:
        """Both records side by side; with one of them in the address, the search for the other."""
        ids = _ids([*request.args.getlist("id"), *request.args.getlist("ids")])
        if len(ids) != 2:
            return _pick(record_type, ids)
        return _ask(record_type, ids[0], ids[1])

    @pages.post("/merge")
    @requires(permission)
    def merge_two() -> Response:
        """Merge as chosen and show what became of it, or the page again with what stands against it."""
        ids = _ids([request.form.get("kept_id", ""), request.form.get("lost_id", "")])
        if len(ids) != 2:
            return _pick(record_type, ids, status=422)
        try:
            with db.session.begin_nested():
                merge_id = _merge(record_type, ids[0], ids[1])
        except _REFUSALS as refusal:
            return _ask(record_type, ids[0], ids[1], refusal=refusal)
        flash(_("The two are one now."))
        return redirect_to_path(record_type.url("merges", str(merge_id)))


def _add_merges(pages: Blueprint, record_type: RecordType) -> None:
    permission = record_type.permission("merge")

    @pages.get("/merges/<uuid:merge_id>")
    @requires(permission)
    def show_merge(merge_id: uuid.UUID) -> Response:
        """What a merge did, and the button that takes it back."""
        found = get_merge(db.session(), record_type.key, merge_id)
        access = access_of_request(record_type)
        record_id = found.lost_id if found.is_undone else found.kept_id
        if not _is_in_reach(record_type, record_id, "merge"):
            raise NotFound(_("There is no such merge."))
        is_named = access.readable([record_type.by_name[record_type.title_field]])
        return render(
            "records/merged.html",
            record_type=record_type,
            merge=found,
            history=in_words(db.session(), record_type, access, _changes_of(record_type, found)),
            lost_title=found.lost_title if is_named else str(record_type.title),
        )

    @pages.post("/merges/<uuid:merge_id>/reversal")
    @requires(permission)
    def undo_merge(merge_id: uuid.UUID) -> Response:
        """Make two of one again."""
        try:
            with changing("page"), db.session.begin_nested():
                found = unmerge(_merging(record_type), merge_id)
        except Conflict as refusal:
            flash(refusal.message, "danger")
            return redirect_to_path(record_type.url("merges", str(merge_id)))
        flash(_("The merge is undone: “%(title)s” is back.", title=found.lost_title))
        return redirect_to_path(record_type.url(found.lost_id))


def _add_way_to_kept(pages: Blueprint, record_type: RecordType) -> None:
    @pages.errorhandler(NotFound)
    def lead_to_kept(error: NotFound) -> Response:
        """Send the browser from the address of a merged record to the one it became part of."""
        target = _kept_instead(record_type) if request.endpoint == f"{pages.name}.show_record" else None
        if target is not None:
            return redirect_to_path(record_type.url(target))
        application: Any = current_app
        answer: Response = application.answer_fault(error)
        return answer


def _kept_instead(record_type: RecordType) -> uuid.UUID | None:
    """The record the asked one became part of, where the reader may see it."""
    record_id = (request.view_args or {}).get("record_id")
    target = merged_into(db.session(), record_type.key, record_id) if record_id else None
    return target if target and _is_in_reach(record_type, target, "read") else None


def _ask(
    record_type: RecordType, kept_id: uuid.UUID, lost_id: uuid.UUID, *, refusal: DomainError | None = None
) -> Response:
    found = compare(db.session(), record_type, access_of_request(record_type), kept_id, lost_id)
    return render(
        "records/merge.html",
        status=refusal.status if refusal else 200,
        record_type=record_type,
        found=found,
        errors=errors_of(refusal) if refusal else {},
        chosen=_choices(),
    )


def _pick(record_type: RecordType, ids: list[uuid.UUID], *, status: int = 200) -> Response:
    access = access_of_request(record_type)
    query = request.args.get("q", "")[:200].replace("\x00", "")
    hits = search_records(db.session(), [(record_type, access)], query) if access.can("read") else []
    return render(
        "records/merge_pick.html",
        partial="records/_merge_picks.html",
        status=status,
        record_type=record_type,
        first_id=ids[0] if len(ids) == 1 else None,
        too_many=len(ids) > 2,
        q=query,
        hits=[hit for hit in hits if hit.id not in ids],
    )


def _merge(record_type: RecordType, kept_id: uuid.UUID, lost_id: uuid.UUID) -> uuid.UUID:
    merging = _merging(record_type)
    found = (
        compare(db.session(), record_type, merging.access, kept_id, lost_id) if kept_id != lost_id else None
    )
    values = values_by_choice([line.difference for line in found.lines], _choices()) if found else {}
    return merge(merging, kept_id, lost_id, values)


def _choices() -> dict[str, str]:
    return {
        name.removeprefix(_CHOICE): side for name, side in request.form.items() if name.startswith(_CHOICE)
    }


def _merging(record_type: RecordType) -> Merging:
    return Merging(g.tenant, db.session(), record_type, access_of_request(record_type))


def _changes_of(record_type: RecordType, found: Merge) -> list[Any]:
    """The newest changes of the record that went, which its own page can not show any more."""
    return [] if found.is_undone else list_changes(db.session(), record_type, found.lost_id, limit=_NEWEST)


def _is_in_reach(record_type: RecordType, record_id: uuid.UUID, verb: str) -> bool:
    """Whether the record is within one's scope, in the bin or not."""
    model: Any = record_type.model
    criteria = access_of_request(record_type).criteria(model, verb)
    statement = db.select(model.id).where(model.id == record_id, *criteria)
    return db.session.execute(statement).first() is not None


def _ids(texts: list[str]) -> list[uuid.UUID]:
    """The ids among what was sent, in order; what is none is left out."""
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
