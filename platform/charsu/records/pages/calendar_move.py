"""Another day for what stands on a calendar: by a form, and by drag, which posts the same form."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from charsu.api.blueprint import answer
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import Conflict, DomainError, RuleViolated
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.records.merging.comparing import title_for
from charsu.records.pages.calendar_page import YEARS, OutOfCalendar
from charsu.records.pages.form_page import posted_version
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.rescheduling import check_movable, day_of, moved_values
from charsu.records.service import service_of
from charsu.text.calendar import format_date
from charsu.text.date_input import parse_date
from charsu.text.fields import TypedDate
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, errors_of, parse_form
from charsu.web.rendering import redirect_to_path, render, safe_path

#: Refusals the form at hand shows: another day, or a second look, may mend them.
_MENDABLE = (RuleViolated, Conflict, OutOfCalendar)


class _Asked(Schema):
    to = TypedDate(required=True)

    class Meta:
        """The form also says from which version it was made and where to go on."""

        unknown = "exclude"


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the move, where records of the type stand on a calendar by a day people may write."""
    spec = record_type.calendar
    if spec is None or "write" not in record_type.verbs or record_type.by_name[spec.start_field].is_read_only:
        return

    @pages.get("/calendar/<uuid:record_id>/move")
    @requires(record_type.permission("write"))
    def choose_day(record_id: uuid.UUID) -> Response:
        """To which day? The address may propose one."""
        return _Move(record_type, record_id).ask(_proposed(request.args.get("to", "")))

    @pages.post("/calendar/<uuid:record_id>/move")
    @requires(record_type.permission("write"))
    def move_to_day(record_id: uuid.UUID) -> Response:
        """Give it the day by its service, with its rules; a script is answered in JSON."""
        move = _Move(record_type, record_id)
        values, errors = parse_form(_Asked)
        if errors:
            return move.refused(422, errors)
        try:
            with move.session.begin_nested():
                move.go(values["to"])
        except _MENDABLE as refusal:
            return move.refused(refusal.status, _errors(refusal))
        except DomainError as refusal:
            if not is_script():
                raise
            return answer({"message": refusal.message or _("You may not do this.")}, refusal.status)
        flash(
            _("“%(title)s” stands on %(day)s now.", title=move.title, day=format_date(values["to"], "long"))
        )
        if is_script():
            return answer({"moved_to": values["to"].isoformat()})
        return redirect_to_path(request.form.get("next"), record_type.url(record_id))


def is_script() -> bool:
    """Whether the request is one of a script, which puts the answer into its page."""
    return request.headers.get("Accept", "").startswith("application/json")


class _Move:
    """One request about another day for one record, which must be there and may be moved."""

    def __init__(self, record_type: RecordType, record_id: uuid.UUID) -> None:
        self.record_type = record_type
        self.record_id = record_id
        self.session = db.session()
        self.access = access_of_request(record_type)
        self.record: Any = self._read()
        check_movable(record_type, self.access)
        self.title = title_for(record_type, self.access, self.record)

    def go(self, day: date) -> None:
        """Write the new day. Raises what the service raises, and `OutOfCalendar`."""
        if day.year not in YEARS:
            raise OutOfCalendar(_("This calendar does not go so far."), field="to")
        service = service_of(self.record_type, self.session, self.access)
        # Locked ahead, so that time of day and length are those of now.
        record = service.locked(self.record_id)
        with changing("page"):
            values = moved_values(self.record_type, record, day)
            service.update(self.record_id, values, expected_at=posted_version())
        self.session.flush()

    def ask(self, to: str, errors: Errors | None = None, status: int = 200) -> Response:
        """The form, as a page or for the dialog of a calendar."""
        record_type = self.record_type
        spec = record_type.calendar
        rule = record_type.by_name.get(spec.repeat_field) if spec is not None else None
        day = day_of(record_type, self.record)
        own_page = record_type.url(self.record_id)
        back = safe_path(request.values.get("next")) or own_page
        return render(
            "records/calendar_move.html",
            partial="records/calendar_move_part.html",
            status=status,
            record_type=record_type,
            action=record_type.url(f"calendar/{self.record_id}/move"),
            title=self.title,
            version=self.record.updated_at.isoformat(),
            back=back,
            back_title=self.title if back == own_page else _("Calendar"),
            day=day,
            rule=rule.to_text(rule.read(self.record)) if rule and self.access.readable([rule]) else "",
            to=to or format_date(day, "short"),
            errors=errors or {},
        )

    def refused(self, status: int, errors: Errors) -> Response:
        """Say why: to a script its reason alone, else the form again with what was typed and what is now."""
        if is_script():
            return answer({"message": " ".join(text for texts in errors.values() for text in texts)}, status)
        # What was refused must not be written when the page's own questions flush the session.
        self.session.expunge_all()
        self.record = self._read()
        return self.ask(request.form.get("to", "")[:60], errors, status)

    def _read(self) -> Any:
        return get_record(self.session, self.record_type, self.access, self.record_id, "write")


def _proposed(typed: str) -> str:
    """A day of the address as the reader writes it; one that is none proposes nothing."""
    try:
        return format_date(parse_date(typed), "short")
    except ValueError:
        return ""


def _errors(refusal: DomainError) -> Errors:
    """At the day where the rule names it, else over the form: it asks for nothing more."""
    return errors_of(refusal) if refusal.field == "to" else {"_form": [refusal.message]}
