"""Security headers: the same strict set on every answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from charsu.settings import Settings
from charsu.web.access_log import REQUEST_ID_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def security_headers(settings: Settings, *, is_site: bool) -> list[tuple[str, str]]:
    """The headers of one application, made once.

    The site's forms may lead to a tenant's host: Chromium applies `form-action` to the redirect after a post
    too, and sign-up ends on the new tenant's own host.
    """
    policy = dict(_POLICY)
    if is_site:
        policy["form-action"] += " " + settings.tenant_url("*")
    headers = [
        ("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items())),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]
    if settings.is_https:
        headers.append(("Strict-Transport-Security", "max-age=31536000"))
    return headers


class HeaderSeal:
    """Puts the headers every answer carries onto it as it leaves, in one pass over the finished list."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self._headers = headers

    def around(self, start_response: "StartResponse", request_id: str, *, is_static: bool) -> "StartResponse":
        """The server's `start_response` with our headers added.

        But for static files no cache, shared or the browser's own, keeps an answer, and what it varies by
        is named.
        """

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            sent = headers if is_static else list(_private(headers))
            return start_response(status, [*sent, *self._headers, (REQUEST_ID_HEADER, request_id)], *exc_info)

        return start


def _private(headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    varies, is_kept = "Cookie, Authorization", False
    for name, value in headers:
        if name == "Vary":
            varies = f"{value}, {varies}"
            continue
        is_kept = is_kept or name == "Cache-Control"
        yield name, value
    yield "Vary", varies
    if not is_kept:
        yield "Cache-Control", "no-store, private"
