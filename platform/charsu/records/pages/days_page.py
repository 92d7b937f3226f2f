"""The days of what repeats: each to be moved, edited or skipped; and those left out, to come back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request

from charsu.api.fields import Text
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import NotFound, RuleViolated
from charsu.records.access import access_of_request
from charsu.records.detached import Detached, list_detached
from charsu.records.merging.comparing import title_for
from charsu.records.occurrences import SCOPES, Occurrences, Scope, repeats, series_of
from charsu.records.pages.calendar_move import asked_day, rule_text
from charsu.records.pages.form_page import posted_version
from charsu.records.reading import get_record
from charsu.records.record_type import RecordType
from charsu.records.rescheduling import is_movable, time_of
from charsu.records.service import service_of
from charsu.text.calendar import format_date
from charsu.text.digits import localise_digits
from charsu.text.fields import TypedDate
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import redirect_to_path, render

#: Days to come that the page lists.
SHOWN = 12


class _Asked(Schema):
    day = TypedDate(required=True)
    scope = Text(load_default="one", validate=ma.validate.OneOf(SCOPES))

    class Meta:
        """The form also says from which version it was made and where to go on."""

        unknown = "exclude"


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the pages and what they post, where records of the type repeat."""
    if not repeats(record_type):
        return

    @pages.get("/calendar/<uuid:record_id>/days")
    @requires(record_type.permission("read"))
    def show_days(record_id: uuid.UUID) -> Response:
        """The days to come, and those the rule is without."""
        return _Days(record_type, record_id).show()

    @pages.get("/calendar/<uuid:record_id>/day")
    @requires(record_type.permission("read"))
    def show_day(record_id: uuid.UUID) -> Response:
        """One day of the rule: `?day=2026-12-05`, else the record's own."""
        return _Days(record_type, record_id).show_one(asked_day())

    _add_changes(pages, record_type)


def _add_changes(pages: Blueprint, record_type: RecordType) -> None:
    @pages.post("/calendar/<uuid:record_id>/skip")
    @requires(record_type.permission("write"))
    def skip_day(record_id: uuid.UUID) -> Response:
        """Leave a day out, or end the rule ahead of it."""
        with _changed(record_type, record_id) as (days, day, scope):
            days.skip(day, scope, seen=posted_version())
            flash(_skipped(scope) % {"day": format_date(day, "long")})
        calendar = f"{record_type.url('calendar')}?on={day.isoformat()}"
        return redirect_to_path(request.form.get("next"), calendar)

    @pages.post("/calendar/<uuid:record_id>/return")
    @requires(record_type.permission("write"))
    def bring_day_back(record_id: uuid.UUID) -> Response:
        """Let the rule give a day again."""
        with _changed(record_type, record_id) as (days, day, _scope):
            days.bring_back(day, seen=posted_version())
            flash(_("%(day)s is there again.", day=format_date(day, "long")))
        return redirect_to_path(request.form.get("next"), record_type.url(f"calendar/{record_id}/days"))

    @pages.post("/calendar/<uuid:record_id>/take-out")
    @requires(record_type.permission("write"))
    def take_day_out(record_id: uuid.UUID) -> Response:
        """Make a record of its own of a day, or of it and all that follow, and go on to its form."""
        with _changed(record_type, record_id) as (days, day, scope):
            made = days.take_out(day, scope, seen=posted_version())
        return redirect_to_path(None, record_type.url(made.id, "edit"))


def _skipped(scope: Scope) -> str:
    return {
        "one": _("%(day)s is left out."),
        "following": _("It ends before %(day)s."),
        "all": _("All days were deleted."),
    }[scope]


@contextmanager
def _changed(record_type: RecordType, record_id: uuid.UUID) -> Iterator[tuple[Occurrences, date, Scope]]:
    """What the posted form is about, its record locked. Raises: RuleViolated for a form that is none."""
    values, errors = parse_form(_Asked)
    if errors:
        name, texts = next(iter(errors.items()))
        raise RuleViolated(texts[0], field=name)
    session = db.session()
    service = service_of(record_type, session, access_of_request(record_type))
    yield Occurrences(service, record_id), values["day"], values["scope"]
    session.flush()


class _Days:
    """One request for the days of one record."""

    def __init__(self, record_type: RecordType, record_id: uuid.UUID) -> None:
        self.record_type = record_type
        self.session = db.session()
        self.access = access_of_request(record_type)
        self.record: Any = get_record(self.session, record_type, self.access, record_id)
        self.series = series_of(record_type, self.access, self.record)

    def show(self) -> Response:
        """The list."""
        series = self.series
        without = series.rule.without if series else ()
        instead = {one.day: one for one in self._detached() if one.day in without}
        return render(
            "records/days.html",
            **self._common(),
            coming=list(islice(series.days(), SHOWN)) if series else [],
            left_out=[(day, instead.get(day)) for day in reversed(without)],
        )

    def show_one(self, day: date | None) -> Response:
        """One of them. Raises: NotFound for a day that is none of them."""
        series = self.series
        day = day or (series.start if series is not None else None)
        if series is None or day is None or not series.has(day):
            raise NotFound(_("This is none of the days of the rule."))
        is_first = day == series.start
        return render(
            "records/day.html",
            **self._common(),
            day=day,
            is_first=is_first,
            has_others=not is_first or series.next_after(day) is not None,
            next_day=series.next_after(day),
        )

    def _common(self) -> dict[str, Any]:
        record_type, record = self.record_type, self.record
        time = time_of(record_type, record)
        return {
            "record_type": record_type,
            "record": record,
            "title": title_for(record_type, self.access, record),
            "rule": rule_text(record_type, record) if self.series else "",
            "time": localise_digits(f"{time:%H:%M}") if time is not None else "",
            "version": record.updated_at.isoformat(),
            "can_change": is_movable(record_type, self.access) and self._may_write_rule(),
            "can_delete": self.access.can("delete") and "delete" in record_type.verbs,
            "base": record_type.url(f"calendar/{record.id}"),
        }

    def _detached(self) -> Sequence[Detached]:
        return list_detached(self.session, self.record_type, self.record.id)

    def _may_write_rule(self) -> bool:
        rule = self.record_type.rule_field
        return rule is not None and bool(self.access.writable([rule]))
