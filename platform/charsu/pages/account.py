"""One's own account: name and language, password, the browsers one is logged in on."""

from typing import Any

from flask import Blueprint, Response, current_app

from charsu.db import db
from charsu.pages.schemas import PasswordForm, ProfileForm
from charsu.pages.visit import attempt, form_again, tenant, visitor
from charsu.people import sessions as service
from charsu.process import runtime
from charsu.schedule.feeds import close_feed, feed_made_at, open_feed
from charsu.text.i18n import _, ngettext
from charsu.text.preferences import LANGUAGE_COOKIE, forget_preferences
from charsu.ui.devices import device_name
from charsu.web.access import current_person, signed_in
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import page_redirect, render

account = Blueprint("account", __name__)


@account.get("/account")
@signed_in
def show_account() -> Response:
    """Everything on one page."""
    return render("pages/account.html", values=_profile(), errors={}, **_context())


@account.post("/account/profile")
@signed_in
def post_profile() -> Response:
    """Store name and language."""
    form, errors = parse_form(ProfileForm)

    def work() -> Response:
        service.change_profile(tenant(), current_person(), **form)
        forget_preferences()
        flash(_("Your details are saved."))
        response = page_redirect("account.show_account")
        is_https = current_app.config["PREFERRED_URL_SCHEME"] == "https"
        response.set_cookie(
            LANGUAGE_COOKIE, form["locale"], max_age=31_536_000, samesite="Lax", secure=is_https
        )
        return response

    return attempt(
        work, lambda refusal, bad: form_again("pages/account.html", refusal, bad, _context()), errors
    )


@account.post("/account/password")
@signed_in
def post_password() -> Response:
    """Replace the password; all other browsers are logged out."""
    form, errors = parse_form(PasswordForm)

    def work() -> Response:
        service.change_password(tenant(), current_person(), visitor=visitor(), **form)
        flash(_("Your password is changed. Your other browsers are logged out."))
        return page_redirect("account.show_account")

    again = {**_context(), "values": _profile()}
    return attempt(work, lambda refusal, bad: form_again("pages/account.html", refusal, bad, again), errors)


@account.post("/account/sessions/closure")
@signed_in
def post_closure() -> Response:
    """Log out everywhere else."""
    ended = service.end_other_sessions(tenant(), current_person())
    flash(ngettext("%(num)s other browser is logged out.", "%(num)s other browsers are logged out.", ended))
    return page_redirect("account.show_account")


@account.post("/account/feed")
@signed_in
def post_feed() -> Response:
    """Make the address of one's calendar, or a new one in place of the old, and show it, this once."""
    secret = open_feed(db.session(), current_person().member_id)
    url = f"{runtime().settings.tenant_url(tenant().slug)}/calendar/feed/{secret}.ics"
    return render("pages/account.html", values=_profile(), errors={}, feed_url=url, **_context())


@account.post("/account/feed/closure")
@signed_in
def post_feed_closure() -> Response:
    """Have the address of one's calendar lead nowhere."""
    if close_feed(db.session(), current_person().member_id):
        flash(_("The address of your calendar works no more."), "info")
    return page_redirect("account.show_account")


def _context() -> dict[str, Any]:
    person = current_person()
    found = service.list_own_sessions(tenant(), person)
    sessions = [(item, device_name(item.user_agent), service.is_current(item, person)) for item in found]
    return {"sessions": sessions, "feed_made_at": feed_made_at(db.session(), person.member_id)}


def _profile() -> dict[str, str]:
    person = current_person()
    return {"name": person.name, "locale": person.locale}
