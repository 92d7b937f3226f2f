"""API tokens: made with a name and scopes, shown once, revoked at any time."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from charsu.pages.role_form import held_options, permission_groups
from charsu.pages.schemas import TokenForm
from charsu.pages.visit import attempt, form_again, tenant
from charsu.people import tokens as service
from charsu.text.calendar import start_of_day
from charsu.text.i18n import _
from charsu.web.access import current_person, requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render
from charsu_tenants.grants import ALL

tokens = Blueprint("tokens", __name__)


@tokens.get("/tokens")
@requires("core.token.manage")
def list_tokens() -> Response:
    """Live tokens and the form for another one."""
    return render("pages/tokens.html", values={}, errors={}, **_context())


@tokens.post("/tokens")
@requires("core.token.manage")
def post_token() -> Response:
    """Make a token and show its text, this once."""
    form, errors = parse_form(TokenForm)

    def work() -> Response:
        scopes = (ALL,) if form["reach"] == "all" else list(filter(None, form["scopes"]))
        last_day = form["expires_on"]
        expires_at = start_of_day(last_day + timedelta(days=1)) if last_day else None
        person = current_person()
        issued = service.create_token(
            tenant(), person, title=form["title"], scopes=scopes, expires_at=expires_at
        )
        return render("pages/tokens.html", values={}, errors={}, issued=issued, **_context())

    return attempt(
        work, lambda refusal, bad: form_again("pages/tokens.html", refusal, bad, _context()), errors
    )


@tokens.post("/tokens/<uuid:token_id>/revocation")
@requires("core.token.manage")
def post_revocation(token_id: UUID) -> Response:
    """Kill a token; refused from the very next request on."""
    service.revoke_token(tenant(), current_person(), token_id)
    flash(_("The token is revoked."), "info")
    return page_redirect("tokens.list_tokens")


def _context() -> dict[str, Any]:
    return {
        "tokens": service.list_tokens(tenant(), current_person()),
        "groups": permission_groups(),
        "held": held_options(frozenset(filter(None, request.form.getlist("scopes")))),
    }
