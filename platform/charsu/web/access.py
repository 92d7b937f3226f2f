"""Who may call a route: declared beside it, checked at start, enforced before the handler runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from flask import Flask, g

from charsu_tenants.admission import Person

View = TypeVar("View", bound=Callable[..., Any])

#: Bytes that names, borders and the other fields of a form with a file may take.
UPLOAD_FRAME = 256 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Endpoints of the platform itself; they know no tenant and no person.
PLATFORM_BLUEPRINTS = frozenset({"health"})


class UndeclaredRoute(RuntimeError):
    """A route without, or with a contradictory, access declaration: the process refuses to start."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller."""

    kind: Literal["public", "signed_in", "permission"]
    permission: str | None = None


def requires(permission: str) -> Callable[[View], View]:
    """Let in who holds the permission; others get 403, anonymous people the login page or 401."""
    return _declare(Access("permission", permission))


def signed_in(view: View) -> View:
    """Let in every member of the tenant."""
    return _declare(Access("signed_in"))(view)


def public(view: View) -> View:
    """Let in everybody, anonymous people too."""
    return _declare(Access("public"))(view)


def current_person() -> Person:
    """The person of this request. Raises `LookupError` on a public route called anonymously."""
    person = find_person()
    if person is None:
        raise LookupError("nobody is signed in")
    return person


def find_person() -> Person | None:
    """The person of this request, or None."""
    person: Person | None = g.get("person")
    return person


def can(permission: str) -> bool:
    """Whether the caller of this request holds the permission; anonymous people hold none."""
    person = find_person()
    return person is not None and person.can(permission)


def takes_upload(limit: int) -> Callable[[View], View]:
    """Let the body of this route's requests be `limit` bytes and what a form around a file needs."""

    def mark(view: View) -> View:
        view.body_limit = limit + UPLOAD_FRAME  # type: ignore[attr-defined]  # as the declared access
        return view

    return mark


def access_of(view: Callable[..., Any], method: str) -> Access | None:
    """The declaration of a view for one HTTP method; a class-based view may declare each method apart."""
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        handler = getattr(view_class, method.lower(), None)
        found: Access | None = getattr(handler, "declared_access", None) or getattr(
            view_class, "declared_access", None
        )
        return found
    declared: Access | None = getattr(view, "declared_access", None)
    return declared


def check_routes(app: Flask, permissions: Iterable[str] | None = None) -> None:
    """Raise `UndeclaredRoute` naming every route that declares no access or a contradictory one.

    Contradictory: a state-changing method under a permission ending in `.read` (PyPI's audit of 2026 found
    invitations under one), or, when `permissions` is given, a permission nobody declared.
    """
    known = None if permissions is None else frozenset(permissions)
    faults = [
        fault
        for rule in app.url_map.iter_rules()
        for fault in _faults(app, rule.endpoint, rule.methods, known)
    ]
    if faults:
        raise UndeclaredRoute("; ".join(sorted(set(faults))))


def is_platform_endpoint(endpoint: str) -> bool:
    """Whether the endpoint is one of health, metrics or static files, outside any tenant."""
    head, _, tail = endpoint.rpartition(".")
    return tail == "static" or head in PLATFORM_BLUEPRINTS


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.declared_access = access  # type: ignore[attr-defined]  # functions and view classes carry it alike
        return view

    return mark


def _faults(
    app: Flask, endpoint: str, methods: set[str] | None, known: frozenset[str] | None
) -> Iterable[str]:
    if is_platform_endpoint(endpoint):
        return
    for method in sorted((methods or set()) - {"HEAD", "OPTIONS"}):
        access = access_of(app.view_functions[endpoint], method)
        if access is None:
            yield f"{method} {endpoint} declares no access: use @requires, @signed_in or @public"
        elif access.permission and method not in SAFE_METHODS and access.permission.endswith(".read"):
            yield f"{method} {endpoint} changes state under {access.permission}"
        elif access.permission and known is not None and access.permission not in known:
            yield f"{method} {endpoint} asks for {access.permission}, which nobody declares"
