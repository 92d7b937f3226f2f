"""The API of teams, branches and dealers, below `/api/v1/core/teams`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma

from charsu.api.blueprint import ApiBlueprint
from charsu.api.fields import Text
from charsu.api.listing import Part
from charsu.api.schemas import Schema
from charsu.people import teams
from charsu.people.teams import Team
from charsu.web.access import current_person, requires

api = ApiBlueprint(
    "core_teams", __name__, url_prefix="/api/v1/core", description="Teams, branches and dealers"
)

_KIND = ma.validate.OneOf(list(teams.KINDS))


def _members(**options: Any) -> ma.fields.List[UUID]:
    return ma.fields.List(
        ma.fields.UUID(required=True), validate=ma.validate.Length(max=teams.MEMBER_LIMIT), **options
    )


class TeamSchema(Schema):
    """A team; who may see her team's records sees those of all its members."""

    id = ma.fields.UUID()
    name = Text()
    kind = Text(validate=_KIND)
    members = _members()
    created_at = ma.fields.AwareDateTime()


class NewTeamSchema(Schema):
    """Body of a new team."""

    name = Text(required=True, max_length=teams.NAME_MAX)
    kind = Text(load_default="team", validate=_KIND)
    members = _members(load_default=list)


class TeamChangeSchema(Schema):
    """Body that renames a team or gives it another kind."""

    name = Text(max_length=teams.NAME_MAX)
    kind = Text(validate=_KIND)


class TeamMembersSchema(Schema):
    """Body that says who is in a team; those not named leave it."""

    members = _members(required=True)


def show_team(team: Team) -> dict[str, Any]:
    """Write a team as `TeamSchema` documents it."""
    return {
        "id": team.id,
        "name": team.name,
        "kind": team.kind,
        "members": list(team.members),
        "created_at": team.created_at,
    }


@api.list_route("/teams", TeamSchema, show=show_team, key=lambda team: team.id)
@requires("core.member.read")
def get_teams(part: Part[Team]) -> Sequence[Team]:
    """List the teams in the order of their names."""
    return part.of(teams.list_teams())


@api.route("/teams", methods=["POST"])
@requires("core.member.manage")
@api.arguments(NewTeamSchema)
@api.answers(201, TeamSchema)
def post_team(new: dict[str, Any]) -> dict[str, Any]:
    """Add a team, a branch or a dealer."""
    return show_team(teams.create_team(current_person(), **new))


@api.route("/teams/<uuid:team_id>", methods=["GET"])
@requires("core.member.read")
@api.answers(200, TeamSchema)
def get_team(team_id: UUID) -> dict[str, Any]:
    """Return one team."""
    return show_team(teams.get_team(team_id))


@api.route("/teams/<uuid:team_id>", methods=["PATCH"])
@requires("core.member.manage")
@api.arguments(TeamChangeSchema)
@api.answers(200, TeamSchema)
def patch_team(change: dict[str, Any], team_id: UUID) -> dict[str, Any]:
    """Rename a team or give it another kind."""
    return show_team(teams.update_team(current_person(), team_id, **change))


@api.route("/teams/<uuid:team_id>", methods=["DELETE"])
@requires("core.member.manage")
@api.answers(204)
def delete_team(team_id: UUID) -> None:
    """Delete a team; its members and their records stay."""
    teams.delete_team(current_person(), team_id)


@api.route("/teams/<uuid:team_id>/members", methods=["PUT"])
@requires("core.member.manage")
@api.arguments(TeamMembersSchema)
@api.answers(200, TeamSchema)
def put_team_members(wanted: dict[str, Any], team_id: UUID) -> dict[str, Any]:
    """Let exactly these members be in the team; they see one another's records from now on."""
    return show_team(teams.set_members(current_person(), team_id, wanted["members"]))
