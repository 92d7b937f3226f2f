"""Roles: the built-in ones to look at, a business's own to shape by a grid of permissions."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, request

from charsu.errors import NotFound
from charsu.pages.members import role_title
from charsu.pages.role_form import form_context, rules_of, with_hidden_parts
from charsu.pages.schemas import RoleForm
from charsu.pages.visit import REFUSALS, attempt, form_again, tenant
from charsu.people import roles as service
from charsu.text.i18n import _
from charsu.text.transliteration import suggest_slug
from charsu.web.access import current_person, requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render
from charsu_tenants.grants import Grant
from charsu_tenants.roles import Role

roles = Blueprint("roles", __name__)


@roles.get("/roles")
@requires("core.role.manage")
def list_roles() -> Response:
    """All roles with how many people have them."""
    return render("pages/roles.html", roles=service.list_roles(tenant()), role_title=role_title)


@roles.get("/roles/new")
@requires("core.role.manage")
def new_role() -> Response:
    """The form of a new role."""
    return render("pages/role.html", role=None, values={}, errors={}, **form_context(Grant(())))


@roles.post("/roles")
@requires("core.role.manage")
def post_new_role() -> Response:
    """Add a role; its key comes from its title."""
    form, errors = parse_form(RoleForm)

    def work() -> Response:
        key = _key_for(form["title"])
        service.create_role(tenant(), current_person(), key=key, title=form["title"], grant=_grant(form))
        return _saved(form["title"])

    return attempt(
        work, lambda refusal, bad: form_again("pages/role.html", refusal, bad, _again(None)), errors
    )


@roles.get("/roles/<uuid:role_id>")
@requires("core.role.manage")
def show_role(role_id: UUID) -> Response:
    """One role: to change, or only to look at when it is built in."""
    role = _get(role_id)
    values = {"title": role_title(role.key, role.title)}
    return render("pages/role.html", role=role, values=values, errors={}, **form_context(role.grant))


@roles.post("/roles/<uuid:role_id>")
@requires("core.role.manage")
def post_role(role_id: UUID) -> Response:
    """Change a role; in force at the next request of everybody who has it."""
    role = _get(role_id)
    form, errors = parse_form(RoleForm)

    def work() -> Response:
        grant = with_hidden_parts(_grant(form), role.grant)
        service.update_role(
            tenant(),
            current_person(),
            role_id,
            title=form["title"],
            permissions=grant.permissions,
            field_rules=grant.field_rules,
        )
        return _saved(form["title"])

    return attempt(
        work, lambda refusal, bad: form_again("pages/role.html", refusal, bad, _again(role)), errors
    )


@roles.post("/roles/<uuid:role_id>/deletion")
@requires("core.role.manage")
def post_deletion(role_id: UUID) -> Response:
    """Delete a role that nobody has."""
    try:
        service.delete_role(tenant(), current_person(), role_id)
        flash(_("The role is deleted."), "info")
    except REFUSALS as refusal:
        flash(refusal.message, "danger")
    return page_redirect("roles.list_roles")


def _get(role_id: UUID) -> Role:
    for role in service.list_roles(tenant()):
        if role.id == role_id:
            return role
    raise NotFound(_("There is no such role."))


def _saved(title: str) -> Response:
    flash(_("The role “%(title)s” is saved.", title=title))
    return page_redirect("roles.list_roles")


def _again(role: Role | None) -> dict[str, Any]:
    typed = {name: request.form.getlist(name) for name in ("permissions", "field_rules")}
    return {"role": role, **form_context(_grant(typed))}


def _grant(form: Mapping[str, Sequence[str]]) -> Grant:
    """What the form asks for; a choice left at "no" or "open" is empty text."""
    return Grant([name for name in form["permissions"] if name], rules_of(form["field_rules"]))


def _key_for(title: str) -> str:
    """A key no other role has: the title in Latin letters, else a random one."""
    word = re.sub(r"[^a-z0-9]+", "_", suggest_slug(title, longest=30)).strip("_")
    taken = {role.key for role in service.list_roles(tenant())}
    is_good = re.fullmatch(r"[a-z][a-z0-9_]*", word) is not None and word not in taken
    return word if is_good else f"role_{uuid4().hex[:12]}"
