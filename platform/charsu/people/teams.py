"""Teams, branches and dealers: whose records count as one another's for who may see her team's.

They live in the tenant's own schema, beside the records that are narrowed by them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charsu.db import db
from charsu.errors import Conflict, NotFound, PermissionDenied, RuleViolated
from charsu.people.visitors import actor_of
from charsu.process import runtime
from charsu.text.folding import fold_compact
from charsu.text.i18n import _, lazy
from charsu_tenants.admission import Person
from charsu_tenants.audit import record_audit
from charsu_tenants.context import current_tenant

NAME_MAX = 100
#: A business does with fewer; the limits keep lists and statements small.
TEAM_LIMIT = 500
MEMBER_LIMIT = 500
KINDS = {"team": lazy("Team"), "branch": lazy("Branch"), "dealer": lazy("Dealer")}

_TEAMS = """
SELECT t.id, t.name, t.kind, t.created_at,
       coalesce(array_agg(m.id ORDER BY m.display_name, m.id) FILTER (WHERE m.id IS NOT NULL), '{}') AS ids,
       coalesce(array_agg(m.display_name ORDER BY m.display_name, m.id) FILTER (WHERE m.id IS NOT NULL), '{}')
         AS names
  FROM core_team t
  LEFT JOIN core_team_member tm ON tm.team_id = t.id
  LEFT JOIN core_member m ON m.id = tm.member_id AND m.is_active
"""
_LIST = text(f"{_TEAMS} GROUP BY t.id ORDER BY t.name_key")
_ONE = text(f"{_TEAMS} WHERE t.id = :id GROUP BY t.id")
_LOCK = text("SELECT id, name, kind FROM core_team WHERE id = :id FOR UPDATE")
_COUNT = text("SELECT count(*) FROM core_team")
_ADD = text("INSERT INTO core_team (name, name_key, kind) VALUES (:name, :key, :kind) RETURNING id")
_CHANGE = text("UPDATE core_team SET name = :name, name_key = :key, kind = :kind WHERE id = :id")
_DELETE = text("DELETE FROM core_team WHERE id = :id")
_SEATS = text("SELECT id, display_name FROM core_member WHERE is_active ORDER BY display_name, id")
_ACTIVE = text("SELECT id FROM core_member WHERE id = ANY(:ids) AND is_active")
# Who left the business stays in her teams, so that these go on seeing her records.
_TAKE_OUT = text("""
DELETE FROM core_team_member tm USING core_member m
 WHERE tm.team_id = :id AND m.id = tm.member_id AND m.is_active AND NOT m.id = ANY(:ids)
""")
_PUT_IN = text("""
INSERT INTO core_team_member (team_id, member_id) SELECT :id, unnest(CAST(:ids AS uuid[]))
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Team:
    """A team with the names of its members by their ids, in the order of names."""

    id: UUID
    name: str
    kind: str
    created_at: datetime
    members: Mapping[UUID, str]


def list_teams() -> Sequence[Team]:
    """Return the teams of the current tenant in the order of their names."""
    return [_team(row) for row in db.session.execute(_LIST)]


def get_team(team_id: UUID) -> Team:
    """Return one team. Raises: NotFound."""
    row = db.session.execute(_ONE, {"id": team_id}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such team."))
    return _team(row)


def teams_by_member() -> Mapping[UUID, list[str]]:
    """Return the names of each member's teams; who is in none is left out."""
    found: dict[UUID, list[str]] = {}
    for team in list_teams():
        for member_id in team.members:
            found.setdefault(member_id, []).append(team.name)
    return found


def list_seats() -> Mapping[UUID, str]:
    """Return who can be put into a team: the names of all members by their ids, in the order of names."""
    return {row.id: row.display_name for row in db.session.execute(_SEATS)}


def create_team(person: Person, *, name: str, kind: str = "team", members: Iterable[UUID] = ()) -> Team:
    """Add a team. Raises: RuleViolated; Conflict for a name that is taken; as `set_members` for `members`."""
    values = _checked(name, kind)
    wanted = _checked_members(members)
    if wanted:
        _check_unbound(person)
    session = db.session()
    if session.execute(_COUNT).scalar_one() >= TEAM_LIMIT:
        raise Conflict(_("There are too many teams."), code="team_limit")
    team_id = _unless_taken(session, _ADD, values).scalar_one()
    session.execute(_PUT_IN, {"id": team_id, "ids": wanted})
    _record(person, "team.created", team_id, name=values["name"], kind=kind, members=_shown(wanted))
    return get_team(team_id)


def update_team(person: Person, team_id: UUID, *, name: str | None = None, kind: str | None = None) -> Team:
    """Rename a team or give it another kind; `None` stays. Raises: NotFound; RuleViolated; Conflict."""
    session = db.session()
    before = _locked(session, team_id)
    values = _checked(before.name if name is None else name, before.kind if kind is None else kind)
    if (values["name"], values["kind"]) != (before.name, before.kind):
        _unless_taken(session, _CHANGE, {"id": team_id, **values})
        old = {"name": before.name, "kind": before.kind}
        new = {"name": values["name"], "kind": values["kind"]}
        _record(person, "team.changed", team_id, before=old, after=new)
    return get_team(team_id)


def set_members(person: Person, team_id: UUID, members: Iterable[UUID]) -> Team:
    """Let exactly these members be in the team.

    Raises: NotFound; RuleViolated on `members` for one who is not here; PermissionDenied when the person's
    own permissions are narrowed to a team or to own records: she would draw her own bounds.
    """
    session = db.session()
    _locked(session, team_id)
    before = get_team(team_id)
    wanted = _checked_members(members)
    if set(wanted) != before.members.keys():
        _check_unbound(person)
        session.execute(_TAKE_OUT, {"id": team_id, "ids": wanted})
        session.execute(_PUT_IN, {"id": team_id, "ids": wanted})
        change = {"before": _shown(before.members), "after": _shown(wanted)}
        _record(person, "team.members_changed", team_id, name=before.name, **change)
    return get_team(team_id)


def delete_team(person: Person, team_id: UUID) -> None:
    """Delete a team; its members and their records stay. Raises: NotFound."""
    session = db.session()
    team = _locked(session, team_id)
    session.execute(_DELETE, {"id": team_id})
    _record(person, "team.deleted", team_id, name=team.name, kind=team.kind)


def _checked(name: str, kind: str) -> dict[str, str]:
    name = name.strip()
    key = fold_compact(name)
    if not key or len(name) > NAME_MAX:
        raise RuleViolated(
            _("Give the team a name of at most %(count)s characters.", count=NAME_MAX),
            field="name",
            code="team_name",
        )
    if kind not in KINDS:
        raise RuleViolated(_("Choose one of the values offered."), field="kind", code="team_kind")
    return {"name": name, "key": key, "kind": kind}


def _checked_members(members: Iterable[UUID]) -> list[UUID]:
    wanted = sorted(set(members))
    if len(wanted) > MEMBER_LIMIT:
        raise RuleViolated(_("These are too many."), field="members", code="team_size")
    found = set(db.session.execute(_ACTIVE, {"ids": wanted}).scalars())
    if len(found) != len(wanted):
        raise RuleViolated(_("Somebody of these is not a member."), field="members", code="team_member")
    return wanted


def _check_unbound(person: Person) -> None:
    if any("@" in permission for permission in person.permissions):
        raise PermissionDenied(
            _("You see only a part of the records yourself, so you can not decide who is in which team."),
            code="grant_too_high",
        )


def _unless_taken(session: Session, statement: Any, values: Mapping[str, Any]) -> Any:
    try:
        with session.begin_nested():
            return session.execute(statement, values)
    except IntegrityError as error:
        raise Conflict(_("There is a team of this name already."), field="name", code="team_taken") from error


def _locked(session: Session, team_id: UUID) -> Any:
    row = session.execute(_LOCK, {"id": team_id}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such team."))
    return row


def _team(row: Any) -> Team:
    members = dict(zip(row.ids, row.names, strict=True))
    return Team(row.id, row.name, row.kind, row.created_at, members)


def _shown(ids: Iterable[UUID]) -> list[str]:
    return [str(one) for one in ids]


def _record(person: Person, action: str, team_id: UUID, **details: Any) -> None:
    with runtime().database.control() as conn:
        record_audit(
            conn,
            tenant_id=current_tenant().id,
            actor=actor_of(person),
            action=action,
            details={"team_id": str(team_id), **details},
        )
