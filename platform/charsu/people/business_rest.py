"""The API of a business itself, below `/api/v1/core`: tokens, own sessions, modules, settings, audit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from charsu.api.blueprint import ApiBlueprint
from charsu.api.idempotency import keep_back
from charsu.api.listing import Part
from charsu.people import sessions, tokens
from charsu.people.audit import list_entries
from charsu.people.business_shapes import (
    AuditSchema,
    EndedSchema,
    ModuleSchema,
    NewTokenSchema,
    SessionSchema,
    SettingsChangeSchema,
    SettingsSchema,
    TokenSchema,
    show_audit,
    show_offer,
    show_session,
    show_settings,
    show_token,
)
from charsu.people.modules import Offer, list_offers, turn_off, turn_on
from charsu.people.settings import change_settings
from charsu.web.access import current_person, requires, signed_in
from charsu_tenants.audit import AuditEntry
from charsu_tenants.context import current_tenant
from charsu_tenants.tokens import ApiToken
from charsu_tenants.web_sessions import WebSession

api = ApiBlueprint(
    "core_business",
    __name__,
    url_prefix="/api/v1/core",
    description="Tokens, sessions, modules, settings, audit",
)


def _show_session(session: WebSession) -> dict[str, Any]:
    return show_session(session, current_person())


@api.list_route("/tokens", TokenSchema, show=show_token, key=lambda token: token.id)
@requires("core.token.manage")
def get_tokens(part: Part[ApiToken]) -> Sequence[ApiToken]:
    """List live tokens: the caller's own, everybody's for an owner."""
    return tokens.list_tokens(current_tenant(), current_person(), after=part.after_id, limit=part.limit)


@api.route("/tokens", methods=["POST"])
@requires("core.token.manage")
@api.arguments(NewTokenSchema)
@api.answers(201, TokenSchema)
def post_token(new: dict[str, Any]) -> dict[str, Any]:
    """Make a token; its secret is in this answer only."""
    made = tokens.create_token(current_tenant(), current_person(), **new)
    keep_back("secret")
    return show_token(made.token) | {"secret": made.secret}


@api.route("/tokens/<uuid:token_id>", methods=["DELETE"])
@requires("core.token.manage")
@api.answers(204)
def delete_token(token_id: UUID) -> None:
    """Revoke a token; it is refused from its next request on."""
    tokens.revoke_token(current_tenant(), current_person(), token_id)


@api.list_route("/sessions", SessionSchema, show=_show_session, key=lambda session: session.id)
@requires("core.session.manage")
def get_sessions(part: Part[WebSession]) -> Sequence[WebSession]:
    """List the caller's own browsers, last seen first."""
    return part.of(sessions.list_own_sessions(current_tenant(), current_person()))


@api.route("/sessions/<session_id>", methods=["DELETE"])
@requires("core.session.manage")
@api.answers(204)
def delete_session(session_id: str) -> None:
    """Log one of the caller's browsers out."""
    sessions.end_own_session(current_tenant(), current_person(), session_id)


@api.route("/sessions/closure", methods=["POST"])
@requires("core.session.manage")
@api.answers(200, EndedSchema)
def post_sessions_closure() -> dict[str, Any]:
    """Log the caller out on all other browsers."""
    return {"ended_count": sessions.end_other_sessions(current_tenant(), current_person())}


@api.list_route("/modules", ModuleSchema, show=show_offer, key=lambda offer: offer.name)
@signed_in
def get_modules(part: Part[Offer]) -> Sequence[Offer]:
    """List the modules this Charsu offers and how the business stands with each."""
    return part.of(list_offers(current_tenant()))


@api.route("/modules/<name>/activation", methods=["POST"])
@requires("core.module.manage")
@api.answers(204)
def post_module_activation(name: str) -> None:
    """Turn a module on, and those it requires along with it; no change when it is on."""
    turn_on(current_tenant(), current_person(), name)


@api.route("/modules/<name>/activation", methods=["DELETE"])
@requires("core.module.manage")
@api.answers(204)
def delete_module_activation(name: str) -> None:
    """Turn a module off; its data stays."""
    turn_off(current_tenant(), current_person(), name)


@api.route("/settings", methods=["GET"])
@signed_in
@api.answers(200, SettingsSchema)
def get_settings() -> dict[str, Any]:
    """Return the settings of the business."""
    return show_settings(current_tenant())


@api.route("/settings", methods=["PATCH"])
@requires("core.settings.manage")
@api.arguments(SettingsChangeSchema)
@api.answers(200, SettingsSchema)
def patch_settings(changes: dict[str, Any]) -> dict[str, Any]:
    """Change some of the settings."""
    return show_settings(change_settings(current_tenant(), current_person(), changes))


@api.list_route("/audit", AuditSchema, show=show_audit, key=lambda entry: entry.id)
@requires("core.audit.read")
def get_audit(part: Part[AuditEntry]) -> Sequence[AuditEntry]:
    """List the audit trail, newest first."""
    before = int(part.after) if part.after else None
    return list_entries(current_tenant(), before=before, limit=part.limit)
