"""Teams, branches and dealers: who sees whose records, where a role reaches no further than the team."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from charsu.pages.schemas import NewTeamForm, TeamForm
from charsu.pages.visit import attempt, form_again
from charsu.people import teams as service
from charsu.text.i18n import _
from charsu.web.access import current_person, requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

teams = Blueprint("teams", __name__)


@teams.get("/teams")
@requires("core.member.read")
def list_teams() -> Response:
    """All teams with who is in them."""
    return render("pages/teams.html", values={}, errors={}, **_context())


@teams.post("/teams")
@requires("core.member.manage")
def post_new_team() -> Response:
    """Add a team, and go on to choose who is in it."""
    form, errors = parse_form(NewTeamForm)

    def work() -> Response:
        team = service.create_team(current_person(), **form)
        return page_redirect("teams.show_team", team_id=team.id)

    return attempt(
        work, lambda refusal, bad: form_again("pages/teams.html", refusal, bad, _context()), errors
    )


@teams.get("/teams/<uuid:team_id>")
@requires("core.member.manage")
def show_team(team_id: UUID) -> Response:
    """One team, to change."""
    team = service.get_team(team_id)
    values = {"name": team.name, "kind": team.kind}
    chosen = {str(one) for one in team.members}
    return render("pages/team.html", values=values, errors={}, **_team_context(team, chosen))


@teams.post("/teams/<uuid:team_id>")
@requires("core.member.manage")
def post_team(team_id: UUID) -> Response:
    """Change name, kind and members of a team."""
    team = service.get_team(team_id)
    form, errors = parse_form(TeamForm)

    def work() -> Response:
        person = current_person()
        service.update_team(person, team_id, name=form["name"], kind=form["kind"])
        service.set_members(person, team_id, form["members"])
        flash(_("The team “%(name)s” is saved.", name=form["name"]))
        return page_redirect("teams.list_teams")

    chosen = set(request.form.getlist("members"))
    context = _team_context(team, chosen)
    return attempt(work, lambda refusal, bad: form_again("pages/team.html", refusal, bad, context), errors)


@teams.post("/teams/<uuid:team_id>/deletion")
@requires("core.member.manage")
def post_deletion(team_id: UUID) -> Response:
    """Delete a team; its members stay."""
    service.delete_team(current_person(), team_id)
    flash(_("The team is deleted."), "info")
    return page_redirect("teams.list_teams")


def _context() -> dict[str, Any]:
    return {"teams": service.list_teams(), "kinds": service.KINDS}


def _team_context(team: service.Team, chosen: set[str]) -> dict[str, Any]:
    seats = [(str(member_id), name) for member_id, name in service.list_seats().items()]
    return {"team": team, "kinds": service.KINDS, "seats": seats, "chosen": chosen}
