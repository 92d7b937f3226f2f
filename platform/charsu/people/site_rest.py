"""The API of the bare host: sign-up."""

from typing import Any

from flask import request

from charsu.api.blueprint import ApiBlueprint
from charsu.people.shapes import SignedUpSchema, SignUpSchema
from charsu.people.signup import sign_up
from charsu.people.signup_form import SignUpForm
from charsu.people.visitors import Visitor
from charsu.web.access import public

api = ApiBlueprint("site_api", __name__, url_prefix="/api/v1", description="Sign-up of a business")


@api.route("/signup", methods=["POST"])
@public
@api.arguments(SignUpSchema)
@api.answers(201, SignedUpSchema)
def post_signup(form: dict[str, Any]) -> dict[str, Any]:
    """Make a business on trial, with the caller as its owner."""
    made = sign_up(SignUpForm(**form), Visitor(request.remote_addr, request.user_agent.string))
    return {"slug": made.tenant.slug, "url": made.url, "arrival_url": made.arrival_url}
