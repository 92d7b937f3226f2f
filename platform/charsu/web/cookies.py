"""The browser's session cookie: host-only, out of scripts' reach, Secure wherever people come by https."""

from datetime import datetime

from flask import Request, Response

from charsu.settings import Settings

_NAME = "charsu_session"


def session_cookie_name(settings: Settings) -> str:
    """Under https the `__Host-` prefix, by which browsers refuse one set by a neighbour's sub-domain."""
    return f"__Host-{_NAME}" if settings.is_https else _NAME


def read_session_cookie(request: Request, settings: Settings) -> str | None:
    """The secret the browser carries, or None."""
    return request.cookies.get(session_cookie_name(settings)) or None


def set_session_cookie(response: Response, settings: Settings, secret: str, expires_at: datetime) -> None:
    """Log the browser in on this host alone, until `expires_at`."""
    response.set_cookie(
        session_cookie_name(settings),
        secret,
        expires=expires_at,
        httponly=True,
        samesite="Lax",
        secure=settings.is_https,
        path="/",
    )


def drop_session_cookie(response: Response, settings: Settings) -> None:
    """Log the browser out on this host; the row in the database is the caller's to end."""
    response.delete_cookie(
        session_cookie_name(settings), httponly=True, samesite="Lax", secure=settings.is_https, path="/"
    )
