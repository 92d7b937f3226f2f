"""Members of a business: who they are, which role they have, and how one leaves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from charsu.errors import Conflict, NotFound
from charsu.people.permissions import check_grant
from charsu.people.seats import unseat_member
from charsu.people.visitors import actor_of
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import memberships
from charsu_tenants.admission import Person
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.invitations import revoke_invitations_by
from charsu_tenants.memberships import Membership
from charsu_tenants.roles import OWNER, find_role
from charsu_tenants.tokens import revoke_tokens_of
from charsu_tenants.web_sessions import end_sessions


def list_members(tenant: Tenant, *, after: UUID | None = None, limit: int = 200) -> Sequence[Membership]:
    """Return at most `limit` members in the order of joining, those after the membership id `after`."""
    with runtime().database.control() as conn:
        return memberships.list_members(conn, tenant.id, after=after, limit=limit)


def get_member(tenant: Tenant, member_id: UUID) -> Membership:
    """Return one member of this business. Raises: NotFound."""
    with runtime().database.control() as conn:
        return _get(conn, tenant, member_id)


def change_role(tenant: Tenant, person: Person, *, member_id: UUID, role_key: str) -> Membership:
    """Give a member another role; in force at her next request, for her tokens too.

    Locks the owner role first, so of two demotions at once one sees the other. Raises: NotFound;
    PermissionDenied when the old or the new role is above the person's own; Conflict for the last owner.
    """
    with runtime().database.control() as conn:
        owner_count = memberships.lock_owner_count(conn, tenant.id)
        member = _get(conn, tenant, member_id)
        role = find_role(conn, tenant.id, key=role_key)
        if role is None:
            raise NotFound(_("There is no such role."), field="role")
        check_grant(person, member.role_grant)
        check_grant(person, role.grant)
        if member.role_key == OWNER and role.key != OWNER:
            _check_not_last(owner_count)
        memberships.set_role(conn, member.id, role.id)
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of(person),
            action="member.role_changed",
            details={"member_id": str(member_id), "before": member.role_key, "after": role.key},
        )
        return _get(conn, tenant, member_id)


def remove_member(tenant: Tenant, person: Person, member_id: UUID) -> None:
    """Take a member out of the business: her sessions and tokens here end at once, her open invitations
    close.

    Raises: NotFound; PermissionDenied when her role is above the person's own; Conflict for the last owner.
    """
    with runtime().database.control() as conn:
        owner_count = memberships.lock_owner_count(conn, tenant.id)
        member = _get(conn, tenant, member_id)
        check_grant(person, member.role_grant)
        if member.role_key == OWNER:
            _check_not_last(owner_count)
        memberships.remove_membership(conn, member.id)
        revoked = revoke_tokens_of(conn, tenant.id, member.user_id)
        revoke_invitations_by(conn, tenant.id, member.user_id)
        end_sessions(conn, member.user_id, tenant_id=tenant.id)
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of(person),
            action="member.removed",
            details={
                "member_id": str(member_id),
                "name": member.name,
                "email": member.email,
                "role": member.role_key,
                "tokens_revoked": revoked,
            },
        )
        # Before the commit: if that fails she is a member still, and her next login seats her again.
        unseat_member(tenant, member_id)


def _get(conn: Connection[Any], tenant: Tenant, member_id: UUID) -> Membership:
    member = memberships.find_by_member(conn, tenant.id, member_id)
    if member is None:
        raise NotFound(_("There is no such member."))
    return member


def _check_not_last(owner_count: int) -> None:
    if owner_count < 2:
        raise Conflict(
            _("A business needs at least one owner. Make somebody else an owner first."), code="last_owner"
        )
