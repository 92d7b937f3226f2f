"""The API of the bare host: sign-up."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException

from charsu.api.blueprint import ApiBlueprint
from charsu.api.body import read_json
from charsu.errors import DomainError
from charsu.people.shapes import SignedUpSchema, SignUpSchema
from charsu.people.signup import sign_up
from charsu.people.signup_form import LOCALES, SignUpForm
from charsu.people.visitors import Visitor
from charsu.text.preferences import Locale, known_locale, names_language, use_locale
from charsu.web.access import public

api = ApiBlueprint("site_api", __name__, url_prefix="/api/v1", description="Sign-up of a business")


def _asked_locale() -> Locale | None:
    """The language the body names, where the request itself asks for none."""
    if names_language(request):
        return None
    try:
        body = read_json(request)
    except (DomainError, HTTPException):
        # Said again where the body is loaded.
        return None
    named = body.get("locale") if isinstance(body, dict) else None
    return known_locale(named) if isinstance(named, str) and named in LOCALES else None


def _spoken(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse in the language of the business to be made, to who asks for no other."""

    @wraps(view)
    def spoken(*args: Any, **kwargs: Any) -> Any:
        locale = _asked_locale()
        with use_locale(locale) if locale is not None else nullcontext():
            return view(*args, **kwargs)

    return spoken


@api.route("/signup", methods=["POST"])
@_spoken
@public
@api.arguments(SignUpSchema)
@api.answers(201, SignedUpSchema)
def post_signup(form: dict[str, Any]) -> dict[str, Any]:
    """Make a business on trial, with the caller as its owner.

    Everything that is wrong with the body is told at once, by field. It is told in the language of
    `Accept-Language`; where that is not sent, in the `locale` of the body.
    """
    made = sign_up(SignUpForm(**form), Visitor(request.remote_addr, request.user_agent.string))
    return {"slug": made.tenant.slug, "url": made.url, "arrival_url": made.arrival_url}
