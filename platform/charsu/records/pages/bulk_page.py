"""Bulk edits by pages: choose fields, see what would change, run, follow, take back."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from charsu.db import db
from charsu.errors import DomainError, NotFound
from charsu.records.access import RecordAccess, access_of_request
from charsu.records.batches import Batch, start_undo
from charsu.records.bulk.checking import draft_preview, looked_at, start_check, start_checked
from charsu.records.bulk.edits import LISTS, Action, BulkEdit, Edit, Way, check_edits
from charsu.records.bulk.preview import AT_ONCE, Previewer
from charsu.records.bulk.report import bulk_batch, bulk_report
from charsu.records.bulk.running import start_bulk
from charsu.records.bulk.selection import MOST, Selection, read_ids
from charsu.records.custom import fields_of
from charsu.records.inputs import FormState, asked_fields, input_groups
from charsu.records.posting import Posted, read_form
from charsu.records.query import parse_query
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.rendering import redirect_to_path, render

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: What of a posted form says which records are meant.
_SELECTING = ("ids", "all", "where", "search", "sort")


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the steps the type's verbs allow."""
    if "write" in record_type.verbs:
        _add_editing(pages, record_type)
    if "delete" in record_type.verbs:
        _add_deleting(pages, record_type)
    if "read" in record_type.verbs and {"write", "delete"} & record_type.verbs:
        _add_following(pages, record_type)


def _add_editing(pages: Blueprint, record_type: RecordType) -> None:
    @pages.post("/bulk")
    @requires(record_type.permission("write"))
    def choose_bulk() -> Response:
        """Choose the fields to change; nothing is written yet."""
        return _BulkForm(record_type, "edit").choose()

    @pages.post("/bulk/preview")
    @requires(record_type.permission("write"))
    def preview_bulk() -> Response:
        """What would change, record by record; nothing is written yet."""
        return _BulkForm(record_type, "edit").preview()

    @pages.post("/bulk/run")
    @requires(record_type.permission("write"))
    def run_bulk() -> Response:
        """Change them, and go on to the page that tells how far it is."""
        return _BulkForm(record_type, "edit").run()

    @pages.post("/bulk/<uuid:batch_id>/start")
    @requires(record_type.permission("write"))
    def start_bulk_draft(batch_id: uuid.UUID) -> Response:
        """Change the many records that were looked at."""
        access = access_of_request(record_type)
        batch = bulk_batch(db.session(), access, record_type, batch_id)
        start_checked(db.session(), record_type, access, batch)
        return redirect_to_path(record_type.url(f"bulk/{batch_id}"))


def _add_deleting(pages: Blueprint, record_type: RecordType) -> None:
    @pages.post("/bulk/delete")
    @requires(record_type.permission("delete"))
    def preview_bulk_delete() -> Response:
        """Which records would go into the bin; nothing is written yet."""
        return _BulkForm(record_type, "delete").preview()

    @pages.post("/bulk/delete/run")
    @requires(record_type.permission("delete"))
    def run_bulk_delete() -> Response:
        """Delete them, and go on to the page that tells how far it is."""
        return _BulkForm(record_type, "delete").run()


def _add_following(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/bulk/<uuid:batch_id>")
    @requires(record_type.permission("read"))
    def show_bulk(batch_id: uuid.UUID) -> Response:
        """How far it is, what was refused, and the way back."""
        access = access_of_request(record_type)
        batch = bulk_batch(db.session(), access, record_type, batch_id)
        if batch.state == "draft":
            return _draft(record_type, access, batch)
        report = bulk_report(db.session(), record_type, access, batch)
        return render(
            "records/bulk.html", partial="records/_bulk.html", record_type=record_type, report=report
        )

    if not {"write", "delete"} & record_type.verbs:
        return

    @pages.post("/bulk/<uuid:batch_id>/reversal")
    @requires(record_type.permission("write" if "write" in record_type.verbs else "delete"))
    def undo_bulk(batch_id: uuid.UUID) -> Response:
        """Take it all back; what was changed since stays."""
        batch = bulk_batch(db.session(), access_of_request(record_type), record_type, batch_id)
        access_of_request(record_type).require("write" if batch.options["action"] == "edit" else "delete")
        start_undo(db.session(), batch_id)
        flash(_("It is being taken back."))
        return redirect_to_path(record_type.url(f"bulk/{batch_id}"))


def _draft(record_type: RecordType, access: RecordAccess, batch: Batch) -> Response:
    """What a draft would do, or how far looking at it is."""
    return render(
        "records/bulk_draft.html",
        partial="records/_bulk_draft.html",
        record_type=record_type,
        batch=batch,
        preview=draft_preview(record_type, access, batch),
        looked_at=looked_at(batch),
        most=MOST,
    )


class _BulkForm:
    """One step of a bulk edit: the selection it carries along, and the fields it asks for."""

    def __init__(self, record_type: RecordType, action: Action) -> None:
        self.record_type = record_type
        self.action = action
        self.session = db.session()
        self.access = access_of_request(record_type)
        self.fields = fields_of(self.session, record_type)
        self.asked = [item for item in asked_fields(self.fields, self.access) if item.kind != "addresses"]
        given = MultiDict(
            (name, value)
            for name, value in request.form.items(multi=True)
            if name in ("where", "search", "sort") and value
        )
        query = parse_query(record_type, self.session, self.access, given)
        ids = None if request.form.get("all") == "1" else read_ids(request.form.getlist("ids"))
        self.selection = Selection(query, ids)

    def choose(self, posted: Posted | None = None, message: str = "") -> Response:
        """The form that asks what to change."""
        number = self.selection.count(self.session, "write")
        if number == 0:
            return self._nothing()
        is_again = posted is not None or "change" in request.form
        state = FormState(
            session=self.session,
            access=self.access,
            typed=request.form if is_again else None,
            candidates=posted.candidates if posted is not None else {},
        )
        errors = dict(posted.errors) if posted is not None else {}
        if message:
            errors["_form"] = [message]
        return render(
            "records/bulk_edit.html",
            status=422 if errors else 200,
            record_type=self.record_type,
            groups=input_groups(self.record_type, self.asked, state),
            number=number,
            carried=self._carried(*_SELECTING),
            changing=set(request.form.getlist("change")),
            ways={name: request.form.get(f"way_{name}", "set") for name in self._lists()},
            errors=errors,
        )

    def preview(self) -> Response:
        """What would change."""
        edit = self._edit()
        if isinstance(edit, Response):
            return edit
        if edit.action == "edit" and self.selection.total(self.session, edit.verb) > AT_ONCE:
            batch_id = start_check(self.session, self.record_type, self.selection, edit)
            return redirect_to_path(self.record_type.url(f"bulk/{batch_id}"))
        found = Previewer(self.session, self.record_type, edit).run(self.selection)
        if found.total == 0:
            return self._nothing()
        return render(
            "records/bulk_preview.html",
            record_type=self.record_type,
            action=self.action,
            preview=found,
            carried=self._carried(),
            most=MOST,
        )

    def run(self) -> Response:
        """Do it."""
        edit = self._edit()
        if isinstance(edit, Response):
            return edit
        try:
            batch_id = start_bulk(self.session, self.record_type, self.selection, edit)
        except NotFound:
            return self._nothing()
        return redirect_to_path(self.record_type.url(f"bulk/{batch_id}"))

    def _edit(self) -> BulkEdit | Response:
        if self.action == "delete":
            return BulkEdit(action="delete", access=self.access)
        names = request.form.getlist("change")
        asked = [item for item in self.asked if item.name in names]
        posted = read_form(self.session, self.access, self.fields, asked, request.form)
        if posted.errors:
            return self.choose(posted)
        lists = self._lists()
        edits = tuple(
            Edit(name, value, cast("Way", self._way(name)) if name in lists else "set")
            for name, value in posted.values.items()
        )
        try:
            check_edits(edits, self.fields)
        except DomainError as refusal:
            return self.choose(posted, refusal.message)
        return BulkEdit(action="edit", edits=edits, access=self.access)

    def _way(self, name: str) -> str:
        way = request.form.get(f"way_{name}", "set")
        return way if way in ("add", "remove") else "set"

    def _lists(self) -> set[str]:
        return {item.name for item in self.asked if item.kind in LISTS}

    def _carried(self, *names: str) -> list[tuple[str, str]]:
        """What the next step needs to know again; ids become one value, so that many of them fit."""
        ids = ",".join(request.form.getlist("ids"))
        others: list[tuple[str, Any]] = [
            (name, value)
            for name, value in request.form.items(multi=True)
            if name != "ids" and (not names or name in names)
        ]
        return [*others, ("ids", ids)] if ids else others

    def _nothing(self) -> Response:
        flash(_("Select the records first."), "warning")
        return redirect_to_path(self.record_type.path)
