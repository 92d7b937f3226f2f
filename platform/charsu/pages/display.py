"""Language and theme: a switch for everybody, kept in cookies, and with the person when she is signed in."""

from flask import Blueprint, Response, current_app, g

from charsu.pages.schemas import DisplayForm
from charsu.people.sessions import change_profile
from charsu.text.preferences import LANGUAGE_COOKIE
from charsu.ui.theme import THEME_COOKIE
from charsu.web.access import find_person, public
from charsu.web.forms import parse_form
from charsu.web.rendering import redirect_to_path

YEAR_SECONDS = 31_536_000

display = Blueprint("display", __name__)


@display.post("/display")
@public
def change_display() -> Response:
    """Set what was chosen and go back to the page at hand; a nonsensical choice changes nothing."""
    form, _errors = parse_form(DisplayForm)
    response = redirect_to_path(_without_language(form.get("next", "/")))
    for field, cookie in (("lang", LANGUAGE_COOKIE), ("theme", THEME_COOKIE)):
        if field in form:
            _keep(response, cookie, form[field])
    person = find_person()
    if person is not None and "lang" in form:
        change_profile(g.tenant, person, name=person.name, locale=form["lang"])
    return response


def _keep(response: Response, cookie: str, value: str) -> None:
    is_https = current_app.config["PREFERRED_URL_SCHEME"] == "https"
    response.set_cookie(cookie, value, max_age=YEAR_SECONDS, samesite="Lax", secure=is_https, path="/")


def _without_language(path: str) -> str:
    """The path without `?lang=`, which would outweigh the cookie."""
    head, _mark, query = path.partition("?")
    rest = "&".join(part for part in query.split("&") if part and not part.startswith("lang="))
    return f"{head}?{rest}" if rest else head
