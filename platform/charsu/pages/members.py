"""The members: who is here in which role, invitations, and how one leaves."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from charsu.pages.schemas import InvitationForm, RoleChoice
from charsu.pages.visit import REFUSALS, attempt, form_again, tenant
from charsu.people.invitations import invite, list_open, revoke
from charsu.people.members import change_role, list_members, remove_member
from charsu.people.permissions import BUILTIN_TITLES
from charsu.people.roles import list_roles
from charsu.people.teams import teams_by_member
from charsu.text.i18n import _
from charsu.web.access import current_person, requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

members = Blueprint("members", __name__)


@members.get("/members")
@requires("core.member.read")
def show_members() -> Response:
    """Everybody in the business and the open invitations."""
    return render("pages/members.html", values={}, errors={}, **_context())


@members.post("/members/invitations")
@requires("core.member.manage")
def post_invitation() -> Response:
    """Make an invitation and show its link, this once."""
    form, errors = parse_form(InvitationForm)

    def work() -> Response:
        issued = invite(tenant(), current_person(), role_key=form["role"], email=form["email"])
        return render("pages/members.html", values={}, errors={}, issued=issued, **_context())

    return attempt(
        work, lambda refusal, bad: form_again("pages/members.html", refusal, bad, _context()), errors
    )


@members.post("/members/invitations/<uuid:invitation_id>/revocation")
@requires("core.member.manage")
def post_revocation(invitation_id: UUID) -> Response:
    """Make an open link worthless."""
    revoke(tenant(), current_person(), invitation_id)
    flash(_("The invitation is taken back."), "info")
    return page_redirect("members.show_members")


@members.post("/members/<uuid:member_id>/role")
@requires("core.member.manage")
def post_role(member_id: UUID) -> Response:
    """Give a member another role."""
    form, errors = parse_form(RoleChoice)
    try:
        if not errors:
            member = change_role(tenant(), current_person(), member_id=member_id, role_key=form["role"])
            flash(_("The role of %(name)s is changed.", name=member.name))
    except REFUSALS as refusal:
        flash(refusal.message, "danger")
    return page_redirect("members.show_members")


@members.post("/members/<uuid:member_id>/removal")
@requires("core.member.manage")
def post_removal(member_id: UUID) -> Response:
    """Take a member out of the business."""
    try:
        remove_member(tenant(), current_person(), member_id)
        flash(_("The member is removed. Their sessions and tokens here have ended."), "info")
    except REFUSALS as refusal:
        flash(refusal.message, "danger")
    return page_redirect("members.show_members")


def _context() -> dict[str, Any]:
    roles = list_roles(tenant())
    return {
        "members": list_members(tenant()),
        "teams": teams_by_member(),
        "invitations": list_open(tenant()),
        "roles": [(role.key, role_title(role.key, role.title)) for role in roles],
        "role_titles": {role.key: role_title(role.key, role.title) for role in roles},
    }


def role_title(key: str, title: str) -> str:
    """The name of a role: the built-in ones translated, a business's own as it wrote them."""
    return str(BUILTIN_TITLES.get(key, title))
