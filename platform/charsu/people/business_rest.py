"""The API of a business itself, below `/api/v1/core`: tokens, own sessions, modules, settings, audit."""

from typing import Any
from uuid import UUID

from charsu.api.blueprint import ApiBlueprint
from charsu.api.idempotency import keep_back
from charsu.api.paging import PageArgs
from charsu.people import sessions, tokens
from charsu.people.audit import list_entries
from charsu.people.modules import Offer, list_offers, turn_off, turn_on
from charsu.people.paging import behind, page
from charsu.people.settings import change_settings
from charsu.people.shapes import (
    AuditSchema,
    EndedSchema,
    ModuleSchema,
    NewTokenSchema,
    SessionSchema,
    SettingsChangeSchema,
    SettingsSchema,
    TokenSchema,
    show_audit,
    show_session,
    show_settings,
    show_token,
)
from charsu.web.access import current_person, requires, signed_in
from charsu_tenants.context import current_tenant

api = ApiBlueprint(
    "core_business",
    __name__,
    url_prefix="/api/v1/core",
    description="Tokens, sessions, modules, settings, audit",
)


@api.route("/tokens", methods=["GET"])
@requires("core.token.manage")
@api.arguments(PageArgs, location="query")
@api.answers(200, TokenSchema, is_list=True)
def get_tokens(args: dict[str, Any]) -> dict[str, Any]:
    """List live tokens: the caller's own, everybody's for an owner."""
    tenant, person = current_tenant(), current_person()
    return page(
        "tokens",
        args,
        lambda after, limit: tokens.list_tokens(
            tenant, person, after=UUID(after) if after else None, limit=limit
        ),
        show=show_token,
        key=lambda token: token.id,
    )


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


@api.route("/sessions", methods=["GET"])
@requires("core.session.manage")
@api.arguments(PageArgs, location="query")
@api.answers(200, SessionSchema, is_list=True)
def get_sessions(args: dict[str, Any]) -> dict[str, Any]:
    """List the caller's own browsers, last seen first."""
    tenant, person = current_tenant(), current_person()
    return page(
        "sessions",
        args,
        lambda after, limit: behind(
            sessions.list_own_sessions(tenant, person), lambda one: one.id, after, limit
        ),
        show=lambda one: show_session(one, person),
        key=lambda one: one.id,
    )


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


@api.route("/modules", methods=["GET"])
@signed_in
@api.arguments(PageArgs, location="query")
@api.answers(200, ModuleSchema, is_list=True)
def get_modules(args: dict[str, Any]) -> dict[str, Any]:
    """List the modules this Charsu offers and how the business stands with each."""
    tenant = current_tenant()
    return page(
        "modules",
        args,
        lambda after, limit: behind(list_offers(tenant), lambda one: one.name, after, limit),
        show=_show_offer,
        key=lambda one: one.name,
    )


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


@api.route("/audit", methods=["GET"])
@requires("core.audit.read")
@api.arguments(PageArgs, location="query")
@api.answers(200, AuditSchema, is_list=True)
def get_audit(args: dict[str, Any]) -> dict[str, Any]:
    """List the audit trail, newest first."""
    tenant = current_tenant()
    return page(
        "audit",
        args,
        lambda after, limit: list_entries(tenant, before=int(after) if after else None, limit=limit),
        show=show_audit,
        key=lambda entry: entry.id,
    )


def _show_offer(offer: Offer) -> dict[str, Any]:
    return {
        "name": offer.name,
        "title": str(offer.title),
        "summary": str(offer.summary),
        "version": offer.version,
        "requires": list(offer.requires),
        "is_enabled": offer.access is not None,
        "access": offer.access,
    }
