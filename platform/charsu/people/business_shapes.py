"""Shapes of the API of a business itself: tokens, sessions, modules, settings, audit."""

from typing import Any

import marshmallow as ma

from charsu.api.fields import Text
from charsu.api.schemas import Schema
from charsu.people.modules import Offer
from charsu.people.sessions import is_current
from charsu_tenants.admission import Person
from charsu_tenants.audit import AuditEntry
from charsu_tenants.context import Tenant
from charsu_tenants.tokens import ApiToken
from charsu_tenants.web_sessions import WebSession


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


def show_offer(offer: Offer) -> dict[str, Any]:
    """Write a module as `ModuleSchema` documents it."""
    return {
        "name": offer.name,
        "title": str(offer.title),
        "summary": str(offer.summary),
        "version": offer.version,
        "requires": list(offer.requires),
        "is_enabled": offer.access is not None,
        "access": offer.access,
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
