"""The form of a record: new and edit, with what was typed kept and crossed changes shown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, current_app, request, url_for

from charsu.db import db
from charsu.errors import Conflict, DomainError
from charsu.pages.visit import REFUSALS
from charsu.records.access import access_of_request
from charsu.records.custom import fields_of
from charsu.records.fields import Field, RecurrenceField
from charsu.records.inputs import FormState, asked_fields, input_groups
from charsu.records.links import linking_fields
from charsu.records.occurrences import own_day_url
from charsu.records.posting import Posted, pick, pick_among, read_form
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.service import STALE, service_of
from charsu.records.texts import readable_text
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import errors_of
from charsu.web.rendering import redirect_to_path, render, safe_path

#: The hidden input that says from which version a form was made.
VERSION = "updated_at"
AGAIN = "add_another"


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the form's routes, where the type can be written."""
    if "read" in record_type.verbs:
        _add_picker(pages, record_type)
    if "write" in record_type.verbs:
        _add_new(pages, record_type)
        _add_edit(pages, record_type)


def _add_picker(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/pick")
    @requires(record_type.permission("read"))
    def pick_record() -> Response:
        """Records a link may lead to, as the picker of a form lists them."""
        typed = " ".join(request.args.get("q", "").replace("\0", "").split())[:200]
        session, access = db.session(), access_of_request(record_type)
        wanted = request.args.get("among", "")
        among = next(
            (
                link.among
                for holder, link in linking_fields(record_type.key)
                if link.among is not None and f"{holder.key}.{link.name}" == wanted
            ),
            None,
        )
        if among is None:
            found = pick(session, record_type, access, typed)
        else:
            found = pick_among(session, record_type, access, among.holds, (request.args.get("by", ""), typed))
        return render("records/_picks.html", found=found)


def _add_new(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/new")
    @requires(record_type.permission("write"))
    def new_record() -> Response:
        """An empty form, filled in with what the address says: `?bed_id=…`."""
        form = _Form(record_type)
        return form.show(values=form.proposed())

    @pages.post("/new")
    @requires(record_type.permission("write"))
    def create_record() -> Response:
        """Add the record, or show the form again."""
        form = _Form(record_type)
        posted = form.read()
        if posted.errors:
            return form.again(posted)
        try:
            record = form.service.create(posted.values)
        except REFUSALS as refusal:
            return form.again(posted, refusal)
        return form.saved(record.id, record, _("“%(title)s” was added."))


def _add_edit(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/<uuid:record_id>/edit")
    @requires(record_type.permission("write"))
    def edit_record(record_id: uuid.UUID) -> Response:
        """The form with what is known."""
        form = _Form(record_type, record_id)
        return form.show(values=form.stored())

    @pages.post("/<uuid:record_id>/edit")
    @requires(record_type.permission("write"))
    def save_record(record_id: uuid.UUID) -> Response:
        """Save the changes, or show the form again."""
        form = _Form(record_type, record_id)
        posted = form.read()
        if posted.errors:
            return form.again(posted)
        try:
            record = form.service.update(record_id, posted.values, expected_at=posted_version())
        except REFUSALS as refusal:
            return form.again(posted, refusal)
        return form.saved(record_id, record, _("The changes of “%(title)s” were saved."))


def posted_version() -> dt.datetime | None:
    """From which version the posted form was made; a broken one is none that ever was."""
    typed = request.form.get(VERSION, "")
    try:
        moment = dt.datetime.fromisoformat(typed)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return None if not typed else dt.datetime.min.replace(tzinfo=dt.UTC)
    return moment


class _Form:
    """One request for the form of one record, or of a new one."""

    def __init__(self, record_type: RecordType, record_id: uuid.UUID | None = None) -> None:
        self.record_type = record_type
        self.session = db.session()
        self.access = access_of_request(record_type)
        self.fields = fields_of(self.session, record_type)
        self.service = service_of(record_type, self.session, self.access)
        self.record: Any = None
        if record_id is not None:
            self.record = get_record(self.session, record_type, self.access, record_id, "write")
        self.asked = self._asked(request.form.keys() | request.args.keys())

    def _asked(self, wanted: Collection[str]) -> list[Field]:
        """The fields the form asks for; late ones where they are filled in or among those `wanted`."""
        return [
            item
            for item in asked_fields(self.fields, self.access)
            if not item.is_asked_late
            or item.name in wanted
            or (self.record is not None and item.read(self.record) not in (None, "", []))
        ]

    def proposed(self) -> dict[str, Any]:
        """Values for a new record: defaults, and what the address says, as far as it is right."""
        values: dict[str, Any] = {item.name: item.default for item in self.asked if item.default is not None}
        if not request.args.get("owner_id"):
            values["owner_id"] = self.access.member_id
        for item in self.asked:
            if typed := request.args.get(item.name, ""):
                try:
                    values[item.name] = item.parse_cell(typed)
                except (DomainError, ma.ValidationError):
                    continue
        return values

    def stored(self) -> dict[str, Any]:
        """The values of the record."""
        return {item.name: item.read(self.record) for item in self.asked}

    def read(self) -> Posted:
        """What was posted; a rule stays without the days it was without."""
        posted = read_form(self.session, self.access, self.fields, self.asked, request.form)
        for item in self.asked:
            if self.record is not None and isinstance(item, RecurrenceField) and item.name in posted.values:
                before = item.read(self.record)
                posted.values[item.name] = item.keeping_left_out(posted.values[item.name], before)
        return posted

    def show(self, *, values: dict[str, Any], **more: Any) -> Response:
        """The form's page."""
        state = FormState(session=self.session, access=self.access, values=values, **more.pop("state", {}))
        record_type, record = self.record_type, self.record
        return render(
            record_type.templates.get("form", "records/form.html"),
            record_type=record_type,
            record=record,
            title=self._title(record),
            groups=input_groups(record_type, self.asked, state),
            version=record.updated_at.isoformat() if record is not None else "",
            back=safe_path(request.values.get("next")) or self._back(),
            similar_url=_similar_url(record_type),
            own_day_url=own_day_url(record_type, self.access, record) if record is not None else "",
            **{"errors": {}, "is_crossed": False, **more},
        )

    def again(self, posted: Posted, refusal: DomainError | None = None) -> Response:
        """The form with its errors and what was typed; after a crossed change also with what stands now."""
        # What was refused must not be written when the form's own questions flush the session.
        self.session.expunge_all()
        if self.record is not None:
            self.record = get_record(self.session, self.record_type, self.access, self.record.id, "write")
        is_crossed = isinstance(refusal, Conflict) and refusal.code == STALE
        now = self._crossed(posted.values) if is_crossed else {}
        errors = posted.errors or (errors_of(refusal) if refusal is not None and not is_crossed else {})
        self.asked = self._asked(request.form.keys() | errors.keys())
        known = {item.name for item in self.asked}
        lost = [
            text for name, texts in errors.items() if name.partition(".")[0] not in known for text in texts
        ]
        if lost:
            errors = {**errors, "_form": lost}
        state = {"typed": request.form, "candidates": posted.candidates, "now": now}
        values = self.stored() if self.record is not None else {}
        status = refusal.status if refusal is not None else 422
        return self.show(values=values, state=state, errors=errors, is_crossed=is_crossed, status=status)

    def saved(self, record_id: uuid.UUID, record: Any, message: str) -> Response:
        """On to the record's page, to where one came from, or to the next empty form."""
        flash(message % {"title": self._title(record)})
        if AGAIN in request.form:
            return redirect_to_path(self.record_type.url(tail="new"))
        return redirect_to_path(request.form.get("next"), self.record_type.url(record_id))

    def _crossed(self, typed: dict[str, Any]) -> dict[str, str]:
        """What stands now in the fields that were typed differently."""
        fields = {item.name: item for item in self.asked}
        differing = {
            name: fields[name].read(self.record)
            for name, value in typed.items()
            if name in fields and fields[name].read(self.record) != value
        }
        return {name: readable_text(fields[name], value) or _("empty") for name, value in differing.items()}

    def _title(self, record: Any) -> str:
        field = self.record_type.by_name[self.record_type.title_field]
        is_hidden = record is None or field not in self.access.readable([field])
        return str(self.record_type.title) if is_hidden else field.to_text(field.read(record))

    def _back(self) -> str:
        return self.record_type.url(self.record.id if self.record is not None else "")


def _similar_url(record_type: RecordType) -> str:
    """Where the form asks for records like the one being typed; empty where nothing answers."""
    endpoint = f"{record_type.module}_{record_type.word}.show_similar"
    known = endpoint in current_app.view_functions and record_type.duplicates is not None
    return url_for(endpoint) if known else ""
