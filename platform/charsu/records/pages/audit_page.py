"""The audit of the whole business: changes of records, and in a tab of their own those of its set-up."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

from flask import Blueprint, Response, request, url_for
from sqlalchemy import text

from charsu.clock import now
from charsu.db import db
from charsu.errors import RuleViolated
from charsu.people import setup_words
from charsu.people.audit import list_entries
from charsu.records.access import access_of_request
from charsu.records.exporting import FORMATS
from charsu.records.history import SOURCES
from charsu.records.periods import PERIODS, span_of
from charsu.records.registry import usable_types
from charsu.records.sending import send_written
from charsu.records.sheets import write_csv
from charsu.records.sheets.writing import Value
from charsu.records.texts import without_isolates
from charsu.records.trail import SYSTEM, Asked, Trail, TrailEntry
from charsu.text.calendar import start_of_day
from charsu.text.date_input import parse_date
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences
from charsu.web.access import requires
from charsu.web.rendering import render
from charsu_tenants.audit import AuditFilter
from charsu_tenants.context import current_tenant

READ = "core.audit.read"
PAGE = 50
#: So many changes a file has at most; who needs more asks for a shorter period.
MOST_EXPORTED = 50_000
_PERIODS = ("today", "yesterday", "this_week", "last_7_days", "this_month", "last_30_days", "this_year")
_PEOPLE = text("SELECT id, display_name FROM core_member ORDER BY display_name, id LIMIT 500")
audit = Blueprint("audit", "charsu.records")


@dataclass
class AuditQuery:
    """What the address asks for: the values as they were typed, what they mean, and what is wrong."""

    values: dict[str, str]
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    ids: dict[str, uuid.UUID | None] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def asked(self) -> Asked:
        """The filters for changes of records."""
        return Asked(
            person=self.values["person"],
            record_type=self.values["type"],
            source=self.values["source"],
            batch_id=self.ids["batch"],
            since=self.since,
            until=self.until,
        )

    def wanted_setup(self) -> AuditFilter:
        """The filters for changes of the set-up."""
        person, noun = self.values["person"], self.values["noun"]
        return AuditFilter(person=person, noun=noun, since=self.since, until=self.until)

    def url(self, endpoint: str, **more: Any) -> str:
        """The address of a page with the same filters."""
        kept = {name: value for name, value in self.values.items() if value}
        return url_for(endpoint, **{**kept, **more})


@audit.get("/audit")
@requires(READ)
def show_audit() -> Response:
    """Changes of records, newest first, as far as the reader may see those records and their fields."""
    trail = _trail()
    query = _read_query({"type": trail.types, "source": SOURCES, "period": PERIODS})
    found = [] if query.errors else trail.page(query.asked(), query.ids["after"], PAGE + 1)
    return render(
        "records/audit.html",
        status=422 if query.errors else 200,
        query=query,
        entries=found[:PAGE],
        next_url=query.url("audit.show_audit", after=found[PAGE - 1].change.id)
        if len(found) > PAGE
        else None,
        types=[(key, item.plural_title) for key, item in trail.types.items()],
        sources=list(SOURCES.items()),
        **_choices(),
    )


@audit.get("/audit/setup")
@requires(READ)
def show_setup() -> Response:
    """Changes of people, roles, modules, fields and settings, newest first."""
    query = _read_query({"noun": setup_words.NOUNS, "period": PERIODS})
    before = request.args.get("before", type=int)
    before = before if before and 0 < before < 2**63 else None
    wanted = query.wanted_setup()
    found = [] if query.errors else list_entries(current_tenant(), wanted, before=before, limit=PAGE + 1)
    return render(
        "records/audit_setup.html",
        status=422 if query.errors else 200,
        query=query,
        entries=[setup_words.in_words(one) for one in found[:PAGE]],
        next_url=query.url("audit.show_setup", before=found[PAGE - 1].id) if len(found) > PAGE else None,
        nouns=list(setup_words.NOUNS.items()),
        **_choices(),
    )


@audit.get("/audit/export")
@requires(READ)
def export_audit() -> Response:
    """The changes of the same address as CSV, a line for each field; of types one may export."""
    trail = _trail("export")
    query = _read_query({"type": trail.types, "source": SOURCES, "period": PERIODS})
    if query.errors:
        name, messages = next(iter(query.errors.items()))
        raise RuleViolated(messages[0], field=name)
    entries = trail.every(query.asked(), MOST_EXPORTED)
    name = f"{_('Audit')}-{now().astimezone(current_preferences().zone):%Y-%m-%d}.csv"
    return send_written(partial(_write, entries), name, FORMATS["csv"])


def _trail(verb: str = "read") -> Trail:
    return Trail(db.session(), usable_types(current_tenant()), access_of_request, verb)


def _read_query(choices: Mapping[str, Mapping[str, Any]]) -> AuditQuery:
    """Read the address; a word that is none of its choices is an error on its field, as is a bad date."""
    names = ("person", "type", "source", "noun", "period", "batch", "since", "until")
    query = AuditQuery({name: request.args.get(name, "").strip()[:200] for name in names})
    for name, known in choices.items():
        if query.values[name] and query.values[name] not in known:
            query.errors[name] = [_("Choose one of the offered values.")]
    for name in ("batch", "after", "person"):
        query.ids[name] = _id(request.args.get(name, ""), query, name)
    span = span_of(query.values["period"]) if query.values["period"] else None
    since = _day("since", query) or (span.first if span else None)
    until = _day("until", query)
    end = until + dt.timedelta(days=1) if until else span.end if span else None
    query.since = start_of_day(since) if since else None
    query.until = start_of_day(end) if end else None
    return query


def _id(typed: str, query: AuditQuery, name: str) -> uuid.UUID | None:
    if not typed or (name == "person" and typed == SYSTEM):
        return None
    try:
        return uuid.UUID(typed)
    except ValueError:
        query.errors[name] = [_("Choose one of the offered values.")]
        return None


def _day(name: str, query: AuditQuery) -> dt.date | None:
    if not query.values[name]:
        return None
    try:
        return parse_date(query.values[name])
    except ValueError as refusal:
        query.errors[name] = [str(refusal)]
        return None


def _choices() -> dict[str, Any]:
    people = [(str(row.id), row.display_name) for row in db.session.execute(_PEOPLE)]
    return {
        "people": [*people, (SYSTEM, _("The system"))],
        "periods": [(word, PERIODS[word]) for word in _PERIODS],
    }


def _write(entries: Iterator[TrailEntry], file: IO[bytes]) -> None:
    header = [_("When"), _("Who"), _("What"), _("Type"), _("Record"), "id", _("From where")]
    write_csv(file, [*header, _("Field"), _("Before"), _("After")], _lines(entries))


def _lines(entries: Iterator[TrailEntry]) -> Iterator[list[Value]]:
    zone = current_preferences().zone
    for one in entries:
        change = one.change
        what: list[Value] = [change.at.astimezone(zone), change.actor, str(change.title)]
        what += [str(one.record_type.title), one.title, str(one.record_id), str(change.from_where)]
        for part in change.changes or (None,):
            before_and_after = (
                (without_isolates(part.before), without_isolates(part.after)) if part else ("", "")
            )
            yield [*what, str(part.title) if part else "", *before_and_after]
