"""Another day or time for what stands on a calendar: by a form, and by drag, which posts the same form.

Of what repeats the form asks which days are meant: the one, it and all that follow, or all of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, time
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request

from charsu.api.blueprint import answer
from charsu.api.fields import Text
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import Conflict, DomainError, NotFound, RuleViolated
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.records.merging.comparing import title_for
from charsu.records.occurrences import SCOPES, Occurrences, Place, Scope, series_of
from charsu.records.pages.calendar_page import YEARS, OutOfCalendar
from charsu.records.pages.form_page import posted_version
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.rescheduling import can_move, check_movable, day_of, is_timed, time_of
from charsu.records.service import service_of
from charsu.text.calendar import format_date
from charsu.text.date_input import parse_date, parse_time
from charsu.text.digits import localise_digits
from charsu.text.fields import TypedDate, TypedTime
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, errors_of, parse_form
from charsu.web.rendering import redirect_to_path, render, safe_path

#: Refusals the form at hand shows: another day, or a second look, may mend them.
_MENDABLE = (RuleViolated, Conflict, OutOfCalendar)


class _Asked(Schema):
    to = TypedDate(required=True)
    at = TypedTime(load_default=None, allow_none=True)
    day = TypedDate(load_default=None, allow_none=True)
    scope = Text(load_default="all", validate=ma.validate.OneOf(SCOPES))

    class Meta:
        """The form also says from which version it was made and where to go on."""

        unknown = "exclude"


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the move, where records of the type stand on a calendar by a day people may write."""
    if not can_move(record_type):
        return

    @pages.get("/calendar/<uuid:record_id>/move")
    @requires(record_type.permission("write"))
    def choose_day(record_id: uuid.UUID) -> Response:
        """To which day? The address may propose one, and a time, and says which day of a rule is meant."""
        move = _Move(record_type, record_id, asked_day())
        return move.ask(_proposed(request.args.get("to", "")), at=_proposed_time(request.args.get("at", "")))

    @pages.post("/calendar/<uuid:record_id>/move")
    @requires(record_type.permission("write"))
    def move_to_day(record_id: uuid.UUID) -> Response:
        """Give it the day by its service, with its rules; a script is answered in JSON."""
        values, errors = parse_form(_Asked)
        move = _Move(record_type, record_id, values.get("day") if not errors else None)
        if errors:
            return move.refused(422, errors)
        try:
            with move.session.begin_nested():
                moved = move.go(Place(values["to"], values["at"]), values["scope"])
        except _MENDABLE as refusal:
            return move.refused(refusal.status, _errors(refusal))
        except DomainError as refusal:
            if not is_script():
                raise
            return answer({"message": refusal.message or _("You may not do this.")}, refusal.status)
        flash(_("“%(title)s” stands on %(day)s now.", title=move.title, day=_told(values)))
        if is_script():
            return answer({"moved_to": values["to"].isoformat(), "id": str(moved)})
        return redirect_to_path(request.form.get("next"), record_type.url(moved))


def asked_day() -> date | None:
    """The day of a rule the address names, as 2026-12-05. Raises: NotFound for one that is none."""
    typed = request.args.get("day", "")
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise NotFound(_("There is no such page.")) from None


def is_script() -> bool:
    """Whether the request is one of a script, which puts the answer into its page."""
    return request.headers.get("Accept", "").startswith("application/json")


class _Move:
    """One request about another day for one record, or for one day of its rule."""

    def __init__(self, record_type: RecordType, record_id: uuid.UUID, day: date | None) -> None:
        self.record_type = record_type
        self.record_id = record_id
        self.day = day
        self.session = db.session()
        self.access = access_of_request(record_type)
        self.record: Any = self._read()
        check_movable(record_type, self.access)
        self.title = title_for(record_type, self.access, self.record)

    def go(self, place: Place, scope: Scope) -> uuid.UUID:
        """Write the new day; returns the id of what stands on it.

        Raises as `Occurrences.move`, and `OutOfCalendar`.
        """
        if place.to.year not in YEARS:
            raise OutOfCalendar(_("This calendar does not go so far."), field="to")
        service = service_of(self.record_type, self.session, self.access)
        with changing("page"):
            moved = Occurrences(service, self.record_id).move(self.day, place, scope, seen=posted_version())
        self.session.flush()
        found: uuid.UUID = moved.id
        return found

    def ask(self, to: str, errors: Errors | None = None, status: int = 200, *, at: str = "") -> Response:
        """The form, as a page or for the dialog of a calendar."""
        record_type = self.record_type
        own_page = record_type.url(self.record_id)
        back = safe_path(request.values.get("next")) or own_page
        series = series_of(record_type, self.access, self.record)
        day = self.day or day_of(record_type, self.record)
        if self.day is not None and (series is None or not series.has(self.day)) and not errors:
            raise NotFound(_("This is none of the days of the rule."))
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
            rule=rule_text(record_type, self.record) if series else "",
            scopes=scope_choices(is_first=series.start == day) if series else [],
            scope=request.form.get("scope", SCOPES[0]),
            to=to or format_date(day, "short"),
            at=at or self._time(),
            is_timed=is_timed(record_type, self.record),
            errors=errors or {},
        )

    def refused(self, status: int, errors: Errors) -> Response:
        """Say why: to a script its reason alone, else the form again with what was typed and what is now."""
        if is_script():
            return answer({"message": " ".join(text for texts in errors.values() for text in texts)}, status)
        # What was refused must not be written when the page's own questions flush the session.
        self.session.expunge_all()
        self.record = self._read()
        typed = request.form
        return self.ask(typed.get("to", "")[:60], errors, status, at=typed.get("at", "")[:60])

    def _time(self) -> str:
        time = time_of(self.record_type, self.record)
        return localise_digits(f"{time:%H:%M}") if time is not None else ""

    def _read(self) -> Any:
        return get_record(self.session, self.record_type, self.access, self.record_id, "write")


def rule_text(record_type: RecordType, record: Any) -> str:
    """The rule of a record that has one, as a sentence."""
    rule = record_type.rule_field
    return rule.to_text(rule.read(record)) if rule is not None else ""


def scope_choices(*, is_first: bool) -> list[tuple[str, str, str]]:
    """Which days a change may be about: (scope, title, help); what follows the first day are all of them."""
    as_far = _("The others move as far as this one.")
    choices = [
        ("one", _("Only this day"), ""),
        ("following", _("This and all that follow"), as_far),
        ("all", _("All days"), as_far),
    ]
    return [choice for choice in choices if choice[0] != "following" or not is_first]


def _told(values: Mapping[str, Any]) -> str:
    day, at = format_date(values["to"], "long"), values["at"]
    return day if at is None else day + _(", at %(time)s", time=localise_digits(f"{at:%H:%M}"))


def _proposed(typed: str) -> str:
    """A day of the address as the reader writes it; one that is none proposes nothing."""
    try:
        return format_date(parse_date(typed), "short")
    except ValueError:
        return ""


def _proposed_time(typed: str) -> str:
    """As `_proposed`, for a time of day."""
    try:
        found: time = parse_time(typed)
    except ValueError:
        return ""
    return localise_digits(f"{found:%H:%M}")


def _errors(refusal: DomainError) -> Errors:
    """At the day where the rule names it, else over the form: it asks for nothing more."""
    return errors_of(refusal) if refusal.field == "to" else {"_form": [refusal.message]}
