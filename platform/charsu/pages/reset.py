"""A lost password: the request, the letter's link, the new password; on the bare host and on tenants'."""

from flask import Blueprint, Response, g

from charsu.mail.outbox import has_dev_mailbox
from charsu.pages.schemas import NewPassword, ResetRequest
from charsu.pages.visit import attempt, form_again, visitor
from charsu.people.password_reset import look_at, request_reset, reset_password
from charsu.process import runtime
from charsu.text.i18n import _
from charsu.web.access import public
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import redirect_to_path, render

reset = Blueprint("reset", __name__)


@reset.get("/password/reset")
@public
def ask_reset() -> Response:
    """Where the link is to go."""
    return render("pages/reset.html", values={}, errors={})


@reset.post("/password/reset")
@public
def post_reset() -> Response:
    """Send the link if the address is known; the answer is the same either way."""
    form, errors = parse_form(ResetRequest)
    tenant = g.get("tenant")

    def work() -> Response:
        request_reset(email=form["email"], origin_slug=tenant.slug if tenant else None, visitor=visitor())
        mailbox = f"{runtime().settings.base_url}/dev/mailbox" if has_dev_mailbox() else None
        return render("pages/reset_sent.html", email=form["email"], mailbox=mailbox)

    return attempt(work, lambda refusal, bad: form_again("pages/reset.html", refusal, bad), errors)


@reset.get("/password/reset/<secret>")
@public
def show_reset(secret: str) -> Response:
    """The form behind the link; a used-up link answers 404."""
    look_at(secret)
    return render("pages/new_password.html", values={}, errors={})


@reset.post("/password/reset/<secret>")
@public
def post_new_password(secret: str) -> Response:
    """Set the new password and go to the login."""
    form, errors = parse_form(NewPassword)

    def work() -> Response:
        reset_password(secret, form["password"], visitor())
        flash(_("Your new password is set. You can log in with it now."))
        return redirect_to_path("/login")

    return attempt(work, lambda refusal, bad: form_again("pages/new_password.html", refusal, bad), errors)
