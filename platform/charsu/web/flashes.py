"""Messages for the next page: a signed cookie that lives for a minute, no server session."""

from typing import Any, Literal

from flask import Request, Response, g, request
from itsdangerous import BadData, URLSafeSerializer

from charsu.proxies import these_globals

Kind = Literal["success", "info", "warning", "danger"]

COOKIE = "charsu_flash"
_SECONDS = 60
_LIMIT = 5
_MAX_LENGTH = 300


def flash(message: str, kind: Kind = "success") -> None:
    """Show `message` on the page the browser sees next, this one or the one it is redirected to."""
    g.setdefault("new_flashes", []).append((kind, str(message)[:_MAX_LENGTH]))


def take_flashes() -> list[tuple[Kind, str]]:
    """The messages to show now; templates call it once, and they are gone then."""
    waiting: list[tuple[Kind, str]] = g.get("old_flashes") or []
    new: list[tuple[Kind, str]] = g.pop("new_flashes", [])
    g.old_flashes = []
    g.flashes_shown = True
    return [*waiting, *new]


def has_flashes() -> bool:
    """Whether the page of this request has messages to show, or a cookie of theirs to be rid of."""
    return "old_flashes" in g or "new_flashes" in g


def read_flashes(source: Request, secret_key: str) -> None:
    """Keep what the browser brought along for `take_flashes`."""
    if COOKIE not in source.environ.get("HTTP_COOKIE", ""):
        return
    cookie = source.cookies.get(COOKIE)
    if cookie:
        g.old_flashes = _unsigned(cookie, secret_key)


def write_flashes(response: Response, secret_key: str) -> None:
    """Send along what was not shown yet; drop the cookie once its messages were."""
    state = these_globals()
    new: list[Any] = state.get("new_flashes") or []
    if new:
        pending = [*(state.get("old_flashes") or []), *new][-_LIMIT:]
        value = str(_serializer(secret_key).dumps(pending))
        response.set_cookie(COOKIE, value, max_age=_SECONDS, httponly=True, samesite="Lax", path="/")
    elif state.get("flashes_shown") and COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax", path="/")


def _unsigned(cookie: str, secret_key: str) -> list[tuple[Kind, str]]:
    try:
        return [(kind, str(message)) for kind, message in _serializer(secret_key).loads(cookie)]
    except (BadData, TypeError, ValueError):
        return []


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="charsu.flash")
