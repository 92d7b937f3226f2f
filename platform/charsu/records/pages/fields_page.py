"""The page of custom fields: what a business keeps of its records beyond what they come with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for

from charsu.api.fields import Flag, Text, WholeNumber
from charsu.api.schemas import Schema
from charsu.db import db
from charsu.errors import NotFound
from charsu.pages.visit import attempt, form_again
from charsu.plugins.manifest import Text as Title
from charsu.records.definitions import (
    Definition,
    Draft,
    add_definition,
    change_definition,
    get_definition,
    list_definitions,
    move_definition,
    set_archived,
)
from charsu.records.field_options import with_choices
from charsu.records.record_type import RecordType
from charsu.records.registry import usable_type, usable_types
from charsu.records.rest.custom_fields import MANAGE, type_of
from charsu.text.i18n import _, lazy
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, redirect_to_path, render, safe_path
from charsu_tenants.context import current_tenant

KIND_TITLES: Mapping[str, Title] = {
    "text": lazy("Text"),
    "long_text": lazy("Long text"),
    "number": lazy("Number"),
    "money": lazy("Amount of money"),
    "date": lazy("Date"),
    "choice": lazy("One of several choices"),
    "multi_choice": lazy("Several choices"),
    "flag": lazy("Yes or no"),
    "link": lazy("Link to a record"),
    "phone": lazy("Phone number"),
    "email": lazy("E-mail address"),
    "url": lazy("Web address"),
}
fields = Blueprint("custom_fields", "charsu.records")


class FieldForm(Schema):
    """A custom field as people define it; the options of other kinds are left alone."""

    title = Text(required=True, max_length=100)
    kind = Text(required=True, max_length=40)
    key = Text(max_length=40, load_default="")
    is_required = Flag(load_default=False)
    choices = Text(max_length=10_000, multiline=True, load_default="")
    decimals = WholeNumber(minimum=0, maximum=6, load_default=0)
    to = Text(max_length=100, load_default="")

    class Meta:
        """Choices of a known field come one by one."""

        unknown = "exclude"


@fields.get("/settings/fields")
@requires(MANAGE)
def show_fields() -> Response:
    """The fields of one type, the first one where none is named."""
    types = [item for item in usable_types(current_tenant()) if "write" in item.verbs]
    if not types:
        raise NotFound
    chosen = next((item for item in types if item.key == request.args.get("type")), types[0])
    listed = list_definitions(db.session(), chosen.key)
    return render("records/fields.html", types=types, chosen=chosen, listed=listed, kinds=KIND_TITLES)


@fields.get("/settings/fields/new")
@requires(MANAGE)
def new_field() -> Response:
    """The form of a new field."""
    chosen = _asked_type()
    values = {"kind": request.args.get("kind", "text"), "title": request.args.get("title", "")[:100]}
    return render("records/field.html", values=values, errors={}, **_context(chosen, None))


@fields.post("/settings/fields/new")
@requires(MANAGE)
def add_field() -> Response:
    """Add the field, or show the form again."""
    chosen = _asked_type()
    form, errors = parse_form(FieldForm)

    def work() -> Response:
        made = add_definition(db.session(), chosen, _draft(form, {}))
        flash(_("The field “%(title)s” was added.", title=made.title))
        back = url_for("custom_fields.show_fields", type=chosen.key)
        return redirect_to_path(request.form.get("next"), back)

    return attempt(work, _again(chosen, None), errors)


@fields.get("/settings/fields/<uuid:field_id>")
@requires(MANAGE)
def edit_field(field_id: uuid.UUID) -> Response:
    """The form of a field that is there."""
    known = get_definition(db.session(), field_id)
    return render("records/field.html", values=_values(known), errors={}, **_context(type_of(known), known))


@fields.post("/settings/fields/<uuid:field_id>")
@requires(MANAGE)
def save_field(field_id: uuid.UUID) -> Response:
    """Change the field, or show the form again."""
    known = get_definition(db.session(), field_id)
    chosen = type_of(known)
    form, errors = parse_form(FieldForm)

    def work() -> Response:
        draft = _draft(form, known.options.get("options", {}))
        change_definition(db.session(), chosen, field_id, draft)
        flash(_("The field “%(title)s” was saved.", title=draft.title))
        return page_redirect("custom_fields.show_fields", type=chosen.key)

    return attempt(work, _again(chosen, known), errors)


@fields.post("/settings/fields/<uuid:field_id>/archive")
@requires(MANAGE)
def archive_field(field_id: uuid.UUID) -> Response:
    """Take a field out of sight; its values stay."""
    known = get_definition(db.session(), field_id)
    set_archived(db.session(), field_id, is_archived=True)
    flash(_("“%(title)s” is archived. Its values stay and come back with it.", title=known.title))
    return page_redirect("custom_fields.show_fields", type=known.record_type)


@fields.post("/settings/fields/<uuid:field_id>/restoration")
@requires(MANAGE)
def restore_field(field_id: uuid.UUID) -> Response:
    """Bring an archived field back."""
    known = get_definition(db.session(), field_id)
    set_archived(db.session(), field_id, is_archived=False)
    return page_redirect("custom_fields.show_fields", type=known.record_type)


@fields.post("/settings/fields/<uuid:field_id>/move")
@requires(MANAGE)
def move_field(field_id: uuid.UUID) -> Response:
    """One place up, or down."""
    known = get_definition(db.session(), field_id)
    move_definition(db.session(), field_id, 1 if request.form.get("way") == "down" else -1)
    return page_redirect("custom_fields.show_fields", type=known.record_type)


def _asked_type() -> RecordType:
    return usable_type(request.values.get("type", ""), current_tenant())


def _context(chosen: RecordType, known: Definition | None) -> dict[str, Any]:
    targets = [
        (item.key, item.plural_title) for item in usable_types(current_tenant()) if "read" in item.verbs
    ]
    back = safe_path(request.values.get("next"))
    return {"chosen": chosen, "known": known, "kinds": KIND_TITLES, "targets": targets, "back": back}


def _values(known: Definition) -> dict[str, Any]:
    return {
        "title": known.title,
        "kind": known.kind,
        "is_required": known.is_required,
        "decimals": known.options.get("decimals", 0),
        "to": known.options.get("to", ""),
    }


def _draft(form: Mapping[str, Any], choices: Mapping[str, str]) -> Draft:
    """What was typed; known choices come as `choice.<word>`, so that renaming one keeps its records."""
    kind, options = form["kind"], {}
    if kind in ("choice", "multi_choice"):
        named = {word: request.form.get(f"choice.{word}", title).strip() for word, title in choices.items()}
        kept = {word: title for word, title in named.items() if title}
        added = [line.strip() for line in form["choices"].splitlines() if line.strip()]
        options["options"] = {**kept, **with_choices(added, kept)}
    elif kind == "number":
        options["decimals"] = form["decimals"]
    elif kind == "link":
        options["to"] = form["to"]
    return Draft(
        title=form["title"], kind=kind, options=options, is_required=form["is_required"], key=form["key"]
    )


def _again(chosen: RecordType, known: Definition | None) -> Any:
    context = _context(chosen, known)
    return lambda refusal, bad: form_again("records/field.html", refusal, bad, context)
