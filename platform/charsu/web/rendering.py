"""Answers of page routes: whole pages, the fragment htmx asked for, redirects."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

LOGIN_PATH = "/login"


def is_partial() -> bool:
    """Whether htmx asks for a fragment to swap in; boosted links and the Back button ask for full pages."""
    return request.headers.get("HX-Request-Type") == "partial"


def render(
    template: str, *, partial: str | None = None, block: str | None = None, status: int = 200, **context: Any
) -> Response:
    """The page, or for a partial htmx request only its fragment.

    The fragment is the template `partial`, which the page should include too, else the `block` of the page
    itself. Without either the whole page is sent. `status` is 422 where a form comes back with errors.
    """
    if is_partial() and partial is not None:
        html = render_template(partial, **context)
    elif is_partial() and block is not None:
        html = render_block(template, block, **context)
    else:
        html = render_template(template, **context)
    return page_response(html, status)


def page_response(html: str | bytes, status: int = 200) -> Response:
    """The answer of a page that is drawn already."""
    response = current_app.response_class(html, status)
    response.headers["Vary"] = "HX-Request-Type"
    return response


def render_block(template: str, block: str, **context: Any) -> str:
    """The HTML of one `{% block %}` of a template alone."""
    current_app.update_template_context(context)
    found = current_app.jinja_env.get_template(template)
    return "".join(found.blocks[block](found.new_context(context)))


def render_form(
    template: str,
    errors: Mapping[str, list[str]],
    *,
    partial: str | None = None,
    block: str | None = None,
    **context: Any,
) -> Response:
    """The form's page once more, 422, with `errors` and what was typed as `values`."""
    values: MultiDict[str, str] = request.form
    return render(
        template, partial=partial, block=block, status=422, errors=errors, **{"values": values, **context}
    )


def page_redirect(endpoint: str, **values: Any) -> Response:
    """Send the browser on by GET (303), as every form does when it worked."""
    return _see_other(url_for(endpoint, **values))


def login_redirect() -> Response:
    """Send an anonymous browser to the login form and, after a GET, back to where it wanted to go."""
    wanted = safe_path(request.full_path.rstrip("?")) if request.method == "GET" else None
    location = f"{LOGIN_PATH}?next={quote(wanted, safe='/')}" if wanted and wanted != "/" else LOGIN_PATH
    if is_partial():
        response = make_response("", 401)
        response.headers["HX-Redirect"] = location
        return response
    return _see_other(location)


def redirect_to_path(path: str | None, default: str = "/") -> Response:
    """Send the browser to a path of this host (303); anything that leads elsewhere goes to `default`."""
    return _see_other(safe_path(path) or default)


def safe_path(text: str | None) -> str | None:
    """`text` when it is a path of this host that a redirect may follow, else None.

    Refused: other hosts, `//host`, backslashes and control characters that browsers read as slashes or drop.
    """
    if not text or len(text) > 2_000 or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return None
    if any(ord(mark) <= 32 or ord(mark) == 127 for mark in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if not parts.scheme and not parts.netloc else None


def _see_other(location: str) -> Response:
    return make_response(redirect(location, 303))
