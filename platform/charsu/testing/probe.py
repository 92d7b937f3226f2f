"""A plugin with one route of every kind, by which tests try the edge. It stores notes in `core_setting`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, request
from sqlalchemy import column, select, table, text, types

from charsu.api import ApiBlueprint, KeysetList, PageArgs, Schema
from charsu.api.fields import Currency, Day, EmailField, Flag, Instant, MoneyMinor, PhoneField, Text, Uuid
from charsu.db import db
from charsu.errors import NotFound, RuleViolated
from charsu.plugins.manifest import Manifest
from charsu.plugins.pieces import Permission
from charsu.testing.planting import make_plugin
from charsu.web.access import current_person, public, requires, signed_in
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect

READ, WRITE = "probe.note.read", "probe.note.write"
_PUT = text(
    "INSERT INTO core_setting (key, value) VALUES (:key, to_jsonb(CAST(:text AS text)))"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_NOTES = table("core_setting", column("key", types.Text), column("value", types.JSON))
_LIST = KeysetList(select(_NOTES.c.key, _NOTES.c.value), _NOTES.c.key, ascending=True)

pages = Blueprint("probe", __name__)
rest = ApiBlueprint("probe_api", __name__, description="Notes of the probe")


class NoteSchema(Schema):
    """A note with one field of every type."""

    key = Text(required=True, max_length=50)
    text = Text(required=True, max_length=200)
    amount_minor = MoneyMinor(minimum=1)
    currency = Currency()
    occurred_at = Instant()
    day_on = Day(allow_none=True)
    phone = PhoneField(allow_none=True)
    email = EmailField(allow_none=True)
    is_loud = Flag()
    owner_id = Uuid()


@rest.route("/notes", methods=["POST"])
@requires(WRITE)
@rest.arguments(NoteSchema)
@rest.response(201, NoteSchema)
def create_note(values: dict[str, Any]) -> dict[str, Any]:
    """Store a note; the text `rule` breaks a rule after the write."""
    put_note(values["key"], values["text"])
    if values["text"] == "rule":
        raise RuleViolated("no such text", field="text", code="probe_rule")
    return values


@rest.route("/notes", methods=["GET"])
@requires(READ)
@rest.arguments(PageArgs, location="query")
@rest.answers(200, NoteSchema, is_list=True)
def list_notes(args: dict[str, Any]) -> dict[str, Any]:
    """List notes by key."""
    page = _LIST.page(db.session(), limit=args["limit"], cursor=args["cursor"])
    return page.answer([{"key": row.key, "text": row.value} for row in page.rows])


@rest.route("/notes/<uuid:note_id>", methods=["GET"])
@requires(READ)
@rest.answers(200, NoteSchema)
def read_note(note_id: UUID) -> dict[str, Any]:
    """No note has an id: every one is unknown."""
    raise NotFound(code="no_note" if note_id else None)


@rest.route("/write-on-get", methods=["GET"])
@requires(READ)
@rest.answers(200)
def write_on_get() -> dict[str, Any]:
    """Try to write under a safe method."""
    put_note("on-get", "written")
    return {}


@rest.route("/raw", methods=["POST"])
@requires(WRITE)
@rest.answers(200)
def send_raw() -> dict[str, Any]:
    """Hand what came straight to the database, as a careless handler would."""
    put_note("raw", request.get_json()["text"])
    return {}


@rest.route("/defect", methods=["POST"])
@requires(WRITE)
@rest.answers(200)
def fail() -> dict[str, Any]:
    """Write, then fail as nobody foresaw."""
    put_note("defect", "written")
    raise ZeroDivisionError("secret detail")


@rest.route("/me", methods=["GET"])
@signed_in
@rest.answers(200)
def who_am_i() -> dict[str, Any]:
    """Tell who calls."""
    person = current_person()
    return {"email": person.email, "via": person.via}


@pages.get("/open")
@public
def show_open() -> str:
    """A page for everybody."""
    return "open"


@pages.get("/mine")
@signed_in
def show_mine() -> str:
    """A page for members."""
    return current_person().email


@pages.get("/notes")
@requires(READ)
def show_notes() -> str:
    """A page under a permission."""
    return "notes"


@pages.post("/notes")
@requires(WRITE)
def save_note() -> Response:
    """A form."""
    values, errors = parse_form(NoteSchema)
    if errors:
        abort(422)
    put_note(values["key"], values["text"])
    flash("saved")
    return page_redirect("probe.show_notes")


@pages.post("/open")
@public
def post_open() -> str:
    """A form for everybody, such as a login."""
    return "posted"


def put_note(key: str, value: str) -> None:
    """Write a note in the request's unit of work."""
    db.session.execute(_PUT, {"key": f"probe.{key}", "text": value})


plugin = make_plugin(
    Manifest(name="probe", title="Probe", summary="Tries the edge.", version="0", path="probe"),
    pages=lambda: [pages],
    api=lambda: [rest],
    permissions=lambda: [Permission(name=READ, title="Read"), Permission(name=WRITE, title="Write")],
)
