"""Forged requests: a write that a foreign page made the browser send is known by the browser's headers."""

from urllib.parse import urlsplit

from flask import Request

from charsu.errors import PermissionDenied
from charsu.text.i18n import _
from charsu.web.access import SAFE_METHODS

_OWN_FETCH_SITES = frozenset({"same-origin", "none"})


def check_origin(request: Request, *, has_cookie: bool, has_token: bool) -> None:
    """Raise `PermissionDenied` for a write that came, or may have come, from another origin.

    `Sec-Fetch-Site` decides, else `Origin`; `same-site` is foreign, since tenants are each other's siblings.
    A request with neither is no browser's: it is refused when it carries a session cookie. Bearer tokens are
    not sent by browsers on their own, so such requests pass.
    """
    if request.method in SAFE_METHODS or has_token:
        return
    if not _is_own(request, has_cookie=has_cookie):
        raise PermissionDenied(
            _("This request did not come from this site. Reload the page and try again."),
            code="foreign_origin",
        )


def _is_own(request: Request, *, has_cookie: bool) -> bool:
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in _OWN_FETCH_SITES
    origin = request.headers.get("Origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc.lower() == request.host.lower()
        except ValueError:
            return False
    return not has_cookie
