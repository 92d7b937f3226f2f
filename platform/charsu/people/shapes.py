"""Shapes of the people API: what comes in by schema, what goes out as plain dictionaries."""

from typing import Any

import marshmallow as ma

from charsu.api.fields import EmailField, Text
from charsu.api.schemas import Schema
from charsu.people.passwords import MAX_LENGTH
from charsu.people.sessions import is_current
from charsu_tenants.admission import Person
from charsu_tenants.audit import AuditEntry
from charsu_tenants.context import Tenant
from charsu_tenants.invitations import Invitation
from charsu_tenants.memberships import Membership
from charsu_tenants.roles import Role
from charsu_tenants.tokens import ApiToken
from charsu_tenants.web_sessions import WebSession


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


class TokenSchema(Schema):
    """An API token; `secret` is in the answer that made it and never again."""

    id = ma.fields.UUID()
    title = Text()
    prefix = Text()
    scopes = ma.fields.List(Text())
    owner = Text()
    created_at = ma.fields.AwareDateTime()
    expires_at = ma.fields.AwareDateTime(allow_none=True)
    last_used_at = ma.fields.AwareDateTime(allow_none=True)
    secret = Text()


class NewTokenSchema(Schema):
    """Body of a new token; without `scopes` it may do whatever its owner's role allows."""

    title = Text(required=True, max_length=80)
    scopes = ma.fields.List(
        Text(max_length=120, required=True),
        validate=ma.validate.Length(min=1, max=500),
        load_default=lambda: ["*"],
    )
    expires_at = ma.fields.AwareDateTime(load_default=None, allow_none=True)


class SessionSchema(Schema):
    """One of the caller's own browsers."""

    id = Text()
    device = Text()
    ip = Text(allow_none=True)
    created_at = ma.fields.AwareDateTime()
    last_seen_at = ma.fields.AwareDateTime()
    is_current = ma.fields.Boolean()


class EndedSchema(Schema):
    """How many sessions a "log out the others" ended."""

    ended_count = ma.fields.Integer()


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


class ModuleSchema(Schema):
    """A module this Charsu offers, and how the business stands with it."""

    name = Text()
    title = Text()
    summary = Text()
    version = Text()
    requires = ma.fields.List(Text())
    is_enabled = ma.fields.Boolean()
    access = Text(
        allow_none=True, metadata={"description": "full, read_only or quarantined; null: not enabled"}
    )


class SettingsSchema(Schema):
    """Settings of the business."""

    name = Text()
    locale = Text()
    calendar = Text()
    timezone = Text()
    currency = Text()
    money_display = Text()


class SettingsChangeSchema(Schema):
    """Body that changes some of the settings."""

    name = Text(max_length=100)
    locale = Text(max_length=2)
    calendar = Text(max_length=20)
    timezone = Text(max_length=60)
    currency = Text(max_length=3)
    money_display = Text(max_length=10)


class AuditSchema(Schema):
    """One entry of the audit trail."""

    id = ma.fields.Integer()
    actor = ma.fields.Dict()
    action = Text()
    details = ma.fields.Dict()
    happened_at = ma.fields.AwareDateTime()


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


def show_token(token: ApiToken) -> dict[str, Any]:
    """Write a token as `TokenSchema` documents it, without its secret."""
    return {
        "id": token.id,
        "title": token.title,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "owner": token.owner_email,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }


def show_session(session: WebSession, person: Person) -> dict[str, Any]:
    """Write a session as `SessionSchema` documents it."""
    return {
        "id": session.id,
        "device": session.user_agent,
        "ip": str(session.ip) if session.ip else None,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "is_current": is_current(session, person),
    }


def show_invitation(invitation: Invitation) -> dict[str, Any]:
    """Write an invitation as `InvitationSchema` documents it, without its link."""
    return {
        "id": invitation.id,
        "role": invitation.role_key,
        "email": invitation.email,
        "expires_at": invitation.expires_at,
    }


def show_settings(tenant: Tenant) -> dict[str, Any]:
    """Write the settings of a business as `SettingsSchema` documents them."""
    return {
        "name": tenant.name,
        "locale": tenant.locale,
        "calendar": tenant.calendar,
        "timezone": tenant.timezone,
        "currency": tenant.currency,
        "money_display": tenant.money_display,
    }


def show_audit(entry: AuditEntry) -> dict[str, Any]:
    """Write an audit entry as `AuditSchema` documents it."""
    return {
        "id": entry.id,
        "actor": entry.actor,
        "action": entry.action,
        "details": entry.details,
        "happened_at": entry.happened_at,
    }
