"""Shapes of the people API: what comes in by schema, what goes out as plain dictionaries."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from charsu.api.fields import EmailField, Text
from charsu.api.schemas import Schema
from charsu.people.passwords import MAX_LENGTH
from charsu.people.signup_form import SignUpForm, form_faults
from charsu.plugins.pieces import Permission
from charsu_tenants.invitations import Invitation
from charsu_tenants.memberships import Membership
from charsu_tenants.roles import Role


def password_field(**options: Any) -> ma.fields.String:
    """A password exactly as typed: never trimmed, never shown."""
    return ma.fields.String(load_only=True, validate=ma.validate.Length(max=MAX_LENGTH), **options)


class SignUpSchema(Schema):
    """Body of `POST /api/v1/signup`."""

    business_name = Text(required=True, max_length=100)
    slug = Text(required=True, max_length=63)
    email = EmailField(required=True)
    password = password_field(required=True)
    locale = Text(load_default="fa", max_length=2, validate=ma.validate.OneOf(["fa", "en"]))
    modules = ma.fields.List(
        Text(max_length=60, required=True),
        validate=ma.validate.Length(max=50),
        load_default=lambda: ["crm_core"],
    )

    @ma.validates_schema(skip_on_field_errors=False)
    def tell_all(self, data: Mapping[str, Any], **_more: Any) -> None:
        """Where a field is malformed, say what is wrong with the others too; else the service says it."""
        if self.load_fields.keys() <= data.keys():
            return
        blank = {"business_name": "", "slug": "", "email": "", "password": ""}
        faults = form_faults(SignUpForm(**{**blank, **data}))
        if known := {str(one.field): [one.message] for one in faults if one.field in data}:
            raise ma.ValidationError(known)


class SignedUpSchema(Schema):
    """Answer of a sign-up; `arrival_url` logs the owner in, once, within a minute."""

    slug = Text()
    url = Text()
    arrival_url = Text()


class MemberSchema(Schema):
    """A member of the business."""

    id = ma.fields.UUID()
    name = Text()
    email = Text()
    role = Text(metadata={"description": "key of the role"})
    joined_at = ma.fields.AwareDateTime()


class MemberChangeSchema(Schema):
    """Body that gives a member another role."""

    role = Text(required=True, max_length=40)


def field_rules_field(**options: Any) -> ma.fields.Dict:
    """Fields that are not open, by record type and name; what is not named is open."""
    access = ma.fields.String(validate=ma.validate.OneOf(["none", "read", "write"]), required=True)
    words = ma.fields.String(validate=ma.validate.Length(max=130), required=True)
    return ma.fields.Dict(
        keys=words,
        values=ma.fields.Dict(keys=words, values=access, required=True),
        metadata={"description": 'for example {"crm.customer": {"phone": "none", "note": "read"}}'},
        **options,
    )


class RoleSchema(Schema):
    """A role and what it may do; `*` stands for everything, `@team` and `@own` narrow a permission."""

    id = ma.fields.UUID()
    key = Text()
    title = Text()
    permissions = ma.fields.List(Text())
    field_rules = field_rules_field()
    is_builtin = ma.fields.Boolean()
    member_count = ma.fields.Integer()


class NewRoleSchema(Schema):
    """Body of a new role."""

    key = Text(required=True, max_length=40)
    title = Text(required=True, max_length=60)
    permissions = ma.fields.List(
        Text(max_length=120, required=True), validate=ma.validate.Length(max=500), required=True
    )
    field_rules = field_rules_field(load_default=dict)


class RoleChangeSchema(Schema):
    """Body that renames a role or replaces its permissions or its field rules."""

    title = Text(max_length=60)
    permissions = ma.fields.List(Text(max_length=120, required=True), validate=ma.validate.Length(max=500))
    field_rules = field_rules_field()


class PermissionSchema(Schema):
    """A permission that roles and tokens can hold; a scoped one with `@team` or `@own` behind it as well."""

    name = Text()
    title = Text()
    is_scoped = ma.fields.Boolean()


class InvitationSchema(Schema):
    """An open invitation; `url` is in the answer that made it and never again."""

    id = ma.fields.UUID()
    role = Text()
    email = Text(allow_none=True)
    expires_at = ma.fields.AwareDateTime()
    url = Text()


class NewInvitationSchema(Schema):
    """Body of a new invitation; with an `email` the link is mailed and bound to that address."""

    role = Text(required=True, max_length=40)
    email = EmailField(load_default=None, allow_none=True)


def show_member(member: Membership) -> dict[str, Any]:
    """Write a member as `MemberSchema` documents it."""
    return {
        "id": member.member_id,
        "name": member.name,
        "email": member.email,
        "role": member.role_key,
        "joined_at": member.created_at,
    }


def show_role(role: Role) -> dict[str, Any]:
    """Write a role as `RoleSchema` documents it."""
    return {
        "id": role.id,
        "key": role.key,
        "title": role.title,
        "permissions": role.permissions,
        "field_rules": role.field_rules,
        "is_builtin": role.is_builtin,
        "member_count": role.member_count,
    }


def show_permission(permission: Permission) -> dict[str, Any]:
    """Write a permission as `PermissionSchema` documents it."""
    return {
        "name": permission.name,
        "title": str(permission.title),
        "is_scoped": permission.is_scoped,
    }


def show_invitation(invitation: Invitation) -> dict[str, Any]:
    """Write an invitation as `InvitationSchema` documents it, without its link."""
    return {
        "id": invitation.id,
        "role": invitation.role_key,
        "email": invitation.email,
        "expires_at": invitation.expires_at,
    }
