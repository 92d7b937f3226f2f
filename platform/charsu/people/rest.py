"""The API of people on a tenant's host, below `/api/v1/core`: members, roles, permissions, invitations."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from charsu.api.blueprint import ApiBlueprint
from charsu.api.idempotency import keep_back
from charsu.api.listing import Part
from charsu.people import invitations, members, roles
from charsu.people.permissions import all_permissions
from charsu.people.shapes import (
    InvitationSchema,
    MemberChangeSchema,
    MemberSchema,
    NewInvitationSchema,
    NewRoleSchema,
    PermissionSchema,
    RoleChangeSchema,
    RoleSchema,
    show_invitation,
    show_member,
    show_permission,
    show_role,
)
from charsu.plugins.pieces import Permission
from charsu.web.access import current_person, requires
from charsu_tenants.context import current_tenant
from charsu_tenants.grants import Grant
from charsu_tenants.invitations import Invitation
from charsu_tenants.memberships import Membership
from charsu_tenants.roles import Role

api = ApiBlueprint(
    "core_people", __name__, url_prefix="/api/v1/core", description="Members, roles, invitations"
)


@api.list_route("/members", MemberSchema, show=show_member, key=lambda member: member.id)
@requires("core.member.read")
def get_members(part: Part[Membership]) -> Sequence[Membership]:
    """List the members in the order of joining."""
    return members.list_members(current_tenant(), after=part.after_id, limit=part.limit)


@api.route("/members/<uuid:member_id>", methods=["GET"])
@requires("core.member.read")
@api.answers(200, MemberSchema)
def get_member(member_id: UUID) -> dict[str, Any]:
    """Return one member."""
    return show_member(members.get_member(current_tenant(), member_id))


@api.route("/members/<uuid:member_id>", methods=["PATCH"])
@requires("core.member.manage")
@api.arguments(MemberChangeSchema)
@api.answers(200, MemberSchema)
def patch_member(change: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Give a member another role; never above the caller's own, and the last owner stays."""
    changed = members.change_role(
        current_tenant(), current_person(), member_id=member_id, role_key=change["role"]
    )
    return show_member(changed)


@api.route("/members/<uuid:member_id>", methods=["DELETE"])
@requires("core.member.manage")
@api.answers(204)
def delete_member(member_id: UUID) -> None:
    """Take a member out: her sessions and tokens in this business end at once."""
    members.remove_member(current_tenant(), current_person(), member_id)


@api.list_route("/permissions", PermissionSchema, show=show_permission, key=lambda one: one.name)
@requires("core.member.read")
def get_permissions(part: Part[Permission]) -> Sequence[Permission]:
    """List the permissions that roles and tokens can hold."""
    return part.of(all_permissions().values())


@api.list_route("/roles", RoleSchema, show=show_role, key=lambda role: role.id)
@requires("core.member.read")
def get_roles(part: Part[Role]) -> Sequence[Role]:
    """List the roles, built-in ones first."""
    return part.of(roles.list_roles(current_tenant()))


@api.route("/roles", methods=["POST"])
@requires("core.role.manage")
@api.arguments(NewRoleSchema)
@api.answers(201, RoleSchema)
def post_role(new: dict[str, Any]) -> dict[str, Any]:
    """Add a role of the business's own; it can hold no more than the caller does."""
    grant = Grant(new["permissions"], new["field_rules"])
    return show_role(
        roles.create_role(current_tenant(), current_person(), key=new["key"], title=new["title"], grant=grant)
    )


@api.route("/roles/<uuid:role_id>", methods=["PATCH"])
@requires("core.role.manage")
@api.arguments(RoleChangeSchema)
@api.answers(200, RoleSchema)
def patch_role(change: dict[str, Any], role_id: UUID) -> dict[str, Any]:
    """Rename a role, replace its permissions or field rules; in force at everybody's next request."""
    return show_role(
        roles.update_role(
            current_tenant(),
            current_person(),
            role_id,
            title=change.get("title"),
            permissions=change.get("permissions"),
            field_rules=change.get("field_rules"),
        )
    )


@api.route("/roles/<uuid:role_id>", methods=["DELETE"])
@requires("core.role.manage")
@api.answers(204)
def delete_role(role_id: UUID) -> None:
    """Delete a role of the business's own that nobody has."""
    roles.delete_role(current_tenant(), current_person(), role_id)


@api.list_route("/invitations", InvitationSchema, show=show_invitation, key=lambda one: one.id)
@requires("core.member.read")
def get_invitations(part: Part[Invitation]) -> Sequence[Invitation]:
    """List the invitations that can still be taken."""
    return part.of(invitations.list_open(current_tenant()))


@api.route("/invitations", methods=["POST"])
@requires("core.member.manage")
@api.arguments(NewInvitationSchema)
@api.answers(201, InvitationSchema)
def post_invitation(new: dict[str, Any]) -> dict[str, Any]:
    """Make a link that lets one person in; its address is in this answer only."""
    made = invitations.invite(current_tenant(), current_person(), role_key=new["role"], email=new["email"])
    keep_back("url")
    return show_invitation(made.invitation) | {"url": made.url}


@api.route("/invitations/<uuid:invitation_id>", methods=["DELETE"])
@requires("core.member.manage")
@api.answers(204)
def delete_invitation(invitation_id: UUID) -> None:
    """Make an open link worthless."""
    invitations.revoke(current_tenant(), current_person(), invitation_id)
