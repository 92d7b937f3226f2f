"""What page views need of their request: visitor, actor, forms shown again with a service's refusal."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, g, request
from werkzeug.datastructures import MultiDict

from charsu.api.arguments import InvalidInput
from charsu.errors import Conflict, DomainError, NotFound, PermissionDenied, RuleViolated, TooManyRequests
from charsu.events.cause import Actor
from charsu.people.modules import event_actor
from charsu.people.visitors import Visitor
from charsu.web.access import current_person
from charsu.web.forms import Errors, errors_of
from charsu.web.rendering import render
from charsu_tenants.context import Tenant

#: Refusals a person can mend in the form at hand.
REFUSALS = (InvalidInput, RuleViolated, Conflict, TooManyRequests, PermissionDenied, NotFound)


def visitor() -> Visitor:
    """Who sent this request, as far as the connection tells."""
    return Visitor(ip=request.remote_addr, user_agent=request.headers.get("User-Agent", ""))


def actor() -> Actor:
    """The signed-in person as events and lifecycle services know her."""
    return event_actor(current_person())


def tenant() -> Tenant:
    """The business whose host this request came to."""
    found: Tenant = g.tenant
    return found


def attempt(
    work: Callable[[], Response],
    show_again: Callable[[DomainError | None, Errors], Response],
    errors: Errors | None = None,
) -> Response:
    """Do `work` unless the form has errors already; show it again with them or with the service's refusal."""
    if errors:
        return show_again(None, errors)
    try:
        return work()
    except REFUSALS as refusal:
        return show_again(refusal, errors_of(refusal))


def form_again(
    template: str, refusal: DomainError | None, errors: Errors, context: Mapping[str, Any] | None = None
) -> Response:
    """A form's page with its errors and what was typed; the status is the refusal's, else 422."""
    values: MultiDict[str, str] = request.form
    status = refusal.status if refusal is not None else 422
    return render(template, status=status, **{"values": values, "errors": errors, **(context or {})})
