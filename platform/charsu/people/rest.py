"""The API of people on a tenant's host, below `/api/v1/core`: members, roles, permissions, invitations."""

from typing import Any
from uuid import UUID

from charsu.api.blueprint import ApiBlueprint
from charsu.api.idempotency import keep_back
from charsu.api.paging import PageArgs
from charsu.people import invitations, members, roles
from charsu.people.paging import behind, page
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
    show_role,
)
from charsu.web.access import current_person, requires
from charsu_tenants.context import current_tenant
from charsu_tenants.grants import Grant

api = ApiBlueprint(
    "core_people", __name__, url_prefix="/api/v1/core", description="Members, roles, invitations"
)


@api.route("/members", methods=["GET"])
@requires("core.member.read")
@api.arguments(PageArgs, location="query")
@api.answers(200, MemberSchema, is_list=True)
def get_members(args: dict[str, Any]) -> dict[str, Any]:
    """List the members in the order of joining."""
    tenant = current_tenant()
    return page(
        "members",
        args,
        lambda after, limit: members.list_members(tenant, after=UUID(after) if after else None, limit=limit),
        show=show_member,
        key=lambda member: member.id,
    )


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


@api.route("/permissions", methods=["GET"])
@requires("core.member.read")
@api.arguments(PageArgs, location="query")
@api.answers(200, PermissionSchema, is_list=True)
def get_permissions(args: dict[str, Any]) -> dict[str, Any]:
    """List the permissions that roles and tokens can hold."""
    return page(
        "permissions",
        args,
        lambda after, limit: behind(all_permissions().values(), lambda one: one.name, after, limit),
        show=lambda one: {"name": one.name, "title": str(one.title), "is_scoped": one.is_scoped},
        key=lambda one: one.name,
    )


@api.route("/roles", methods=["GET"])
@requires("core.member.read")
@api.arguments(PageArgs, location="query")
@api.answers(200, RoleSchema, is_list=True)
def get_roles(args: dict[str, Any]) -> dict[str, Any]:
    """List the roles, built-in ones first."""
    tenant = current_tenant()
    return page(
        "roles",
        args,
        lambda after, limit: behind(roles.list_roles(tenant), lambda role: role.id, after, limit),
        show=show_role,
        key=lambda role: role.id,
    )


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


@api.route("/invitations", methods=["GET"])
@requires("core.member.read")
@api.arguments(PageArgs, location="query")
@api.answers(200, InvitationSchema, is_list=True)
def get_invitations(args: dict[str, Any]) -> dict[str, Any]:
    """List the invitations that can still be taken."""
    tenant = current_tenant()
    return page(
        "invitations",
        args,
        lambda after, limit: behind(invitations.list_open(tenant), lambda one: one.id, after, limit),
        show=show_invitation,
        key=lambda one: one.id,
    )


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
