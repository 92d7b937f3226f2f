"""Security headers: the same strict set on every answer."""

from flask import Response

from charsu.settings import Settings

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


def keep_private(response: Response) -> None:
    """No cache, shared or the browser's own, keeps this answer; whoever varies it is named."""
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store, private"
    response.vary.update(("Cookie", "Authorization"))
