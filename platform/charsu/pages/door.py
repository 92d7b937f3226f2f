"""The door of a business: login, logout, arrival from the bare host, joining by invitation."""

from flask import Blueprint, Response, request

from charsu.pages.schemas import JoinForm, LoginForm
from charsu.pages.visit import attempt, form_again, tenant, visitor
from charsu.people.invitations import Acceptance, accept, look_at
from charsu.people.login import NewSession, arrive, find_bearer, log_in, log_out
from charsu.process import runtime
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences
from charsu.web.access import find_person, public
from charsu.web.cookies import drop_session_cookie, read_session_cookie, set_session_cookie
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import redirect_to_path, render, safe_path

door = Blueprint("door", __name__)


@door.get("/login")
@public
def show_login() -> Response:
    """The form; who is signed in goes on to where she wanted."""
    wanted = safe_path(request.args.get("next")) or "/"
    if find_person() is not None:
        return redirect_to_path(wanted)
    return render("pages/login.html", values={"next": wanted}, errors={})


@door.post("/login")
@public
def post_login() -> Response:
    """Open a session here."""
    form, errors = parse_form(LoginForm)

    def work() -> Response:
        session = log_in(tenant(), email=form["email"], password=form["password"], visitor=visitor())
        return _inside(session, form["next"])

    return attempt(work, lambda refusal, bad: form_again("pages/login.html", refusal, bad), errors)


@door.post("/logout")
@public
def post_logout() -> Response:
    """End this browser's session."""
    settings = runtime().settings
    token = read_session_cookie(request, settings)
    if token:
        log_out(tenant(), token=token)
    response = redirect_to_path("/login")
    drop_session_cookie(response, settings)
    flash(_("You are logged out."), "info")
    return response


@door.get("/arrive")
@public
def arrive_here() -> Response:
    """Trade a ticket of the bare host for a session, once.

    A stranger may have sent the browser here with a ticket of his own, to have its owner work in his name.
    She is asked first, where she comes by a link and where she is signed in as somebody else.
    """
    ticket = request.args.get("ticket", "")[:200]
    person = find_person()
    if person is not None or _is_sent_by_strangers():
        bearer = find_bearer(tenant(), ticket)
        if person is None or person.user_id != bearer.id:
            return render("pages/arrive.html", ticket=ticket, name=bearer.display_name)
    return _inside(arrive(tenant(), ticket=ticket, visitor=visitor()), "/")


@door.post("/arrive")
@public
def confirm_arrival() -> Response:
    """Trade the ticket after the question; the form can only come from this very host."""
    ticket = request.form.get("ticket", "")[:200]
    return _inside(arrive(tenant(), ticket=ticket, visitor=visitor()), "/")


@door.get("/join/<secret>")
@public
def show_join(secret: str) -> Response:
    """What the invitation offers, and the form to take it."""
    invitation = look_at(tenant(), secret)
    return render("pages/join.html", invitation=invitation, values={"email": invitation.email}, errors={})


@door.post("/join/<secret>")
@public
def post_join(secret: str) -> Response:
    """Join, and be logged in."""
    invitation = look_at(tenant(), secret)
    form, errors = parse_form(JoinForm)

    def work() -> Response:
        acceptance = Acceptance(locale=current_preferences().locale, **form)
        return _inside(accept(tenant(), secret, acceptance, visitor()), "/")

    again = {"invitation": invitation}
    return attempt(work, lambda refusal, bad: form_again("pages/join.html", refusal, bad, again), errors)


def _is_sent_by_strangers() -> bool:
    """Whether a page of another site brought the browser here, or a link of a letter or a chat.

    The bare host is of the same site, but for an own domain, where one click more is the price. Browsers take
    a host of one word, `localhost`, and what stands below it for strangers; nobody foreign is on a laptop.
    """
    came_from = request.headers.get("Sec-Fetch-Site")
    return came_from == "none" or (came_from == "cross-site" and "." in runtime().settings.base_host)


def _inside(session: NewSession, path: str) -> Response:
    response = redirect_to_path(path)
    set_session_cookie(response, runtime().settings, session.token, session.expires_at)
    return response
