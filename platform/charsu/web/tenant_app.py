"""A tenant's host: who is at the door, may she come in, and one unit of work around what she does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from flask import Flask, Request, Response, g, request
from structlog.contextvars import bind_contextvars
from werkzeug.exceptions import HTTPException

from charsu.api import idempotency
from charsu.api.document import make_api, register_document
from charsu.api.limits import RequestMeter, limit_headers
from charsu.db import db
from charsu.errors import DomainError, NotFound, PaymentRequired, PermissionDenied, Unavailable
from charsu.events.cause import SYSTEM, Actor, acting_as
from charsu.plugins.faults import note_fault
from charsu.plugins.guard import describe
from charsu.records.changes import Source, changing
from charsu.records.custom_document import custom_schemas
from charsu.runtime import Runtime
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences, use_preferences
from charsu.web import core_routes
from charsu.web.access import (
    SAFE_METHODS,
    Access,
    access_of,
    can,
    check_routes,
    find_person,
    is_platform_endpoint,
)
from charsu.web.application import API_PREFIX, MAX_BODY_BYTES, WebApplication
from charsu.web.cookies import read_session_cookie
from charsu.web.csrf import check_origin
from charsu.web.faults import is_table_missing
from charsu.web.matching import QuickAdapter
from charsu.web.rendering import login_redirect
from charsu_tenants.admission import Admission, Person
from charsu_tenants.context import Tenant, tenant_scope
from charsu_tenants.door import Door
from charsu_tenants.opaque import digest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CORE_MODULE = "core"


class SignInFirst(DomainError):
    """Nobody is signed in (401); pages send the browser to the login form."""

    status = 401
    default_code = "sign_in_first"


class TenantApp(WebApplication):
    """Answers on the tenants' hosts. The only application with a `db`."""

    is_site = False

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        db.init_app(self)
        self._meter = RequestMeter(runtime.bell.connection)
        self._heads = runtime.plugins.heads
        self._door = Door(runtime.database, runtime.settings.base_host)
        api = make_api(self)
        core_routes.register_platform(self)
        core_routes.register_tenant(self, api)
        self.modules = core_routes.register_modules(self, api)
        register_document(self, api, self._enabled_blueprints, custom_schemas)
        self.extensions["charsu_person_locale"] = _person_locale
        check_routes(self, core_routes.known_permissions(runtime))
        self._routes = _declarations(self, self.modules)
        self._platform_endpoints = frozenset(filter(is_platform_endpoint, self.view_functions))

    def page_context(self) -> dict[str, Any]:
        """What every template of a tenant's host may use."""
        context = super().page_context()
        context |= {"tenant": g.get("tenant"), "person": find_person(), "can": can}
        return context

    def body_limit(self, environ: "WSGIEnvironment") -> int:
        """As the route says; an unknown one takes no more than any."""
        arrived = self.request_class(environ, populate_request=False)
        try:
            rule, _places = QuickAdapter(self.url_map, self._plain_rules, arrived).match(return_rule=True)
        except HTTPException:
            return MAX_BODY_BYTES
        route = self._routes.get((rule.endpoint, arrived.method))
        return MAX_BODY_BYTES if route is None or route.body_limit is None else route.body_limit

    def answer_request(self, arrived: Request, state: Any) -> Response:
        """Admit, then answer inside the tenant's scope."""
        if arrived.endpoint in self._platform_endpoints:
            return super().answer_request(arrived, state)
        try:
            admission = self._admit(arrived, state)
        except Exception as error:  # noqa: BLE001 - the edge: nothing leaves without an answer
            return self.finalize_request(self.handle_user_exception(error))
        state.tenant, state.person = admission.tenant, admission.person
        bind_contextvars(tenant=admission.tenant.slug)
        source: Source = "api" if state.is_api else "page"
        with tenant_scope(admission.tenant), acting_as(_actor(admission.person)), changing(source):
            try:
                return self._answer(admission, arrived, state)
            finally:
                db.session.remove()

    def _enabled_blueprints(self) -> frozenset[str]:
        """The blueprints that answer for the tenant of this request."""
        enabled = g.tenant.modules
        return frozenset(name for name in self.blueprints if self.modules.get(name, CORE_MODULE) in enabled)

    def _admit(self, arrived: Request, state: Any) -> Admission:
        state.is_api = arrived.path.startswith(API_PREFIX)
        # Pages are for people: there a token's scopes would not bound what her own account page does.
        token = _bearer_token(arrived) if state.is_api else None
        cookie = None if token else read_session_cookie(arrived, self.runtime.settings)
        state.has_token, state.has_cookie = token is not None, cookie is not None
        admission = self._door.admit(
            arrived.host.partition(":")[0],
            session_hash=digest(cookie) if cookie else None,
            token_hash=digest(token) if token else None,
        )
        if admission is None:
            raise NotFound(_("There is no business at this address."), code="unknown_host")
        if admission.tenant.status != "active":
            raise PermissionDenied(
                _("This business is suspended. Please write to our support."), code="tenant_suspended"
            )
        return admission

    def _answer(self, admission: Admission, arrived: Request, state: Any) -> Response:
        try:
            self._check(admission, arrived, state)
            response = self._unit_of_work(arrived, admission.person, state)
        except Exception as error:  # noqa: BLE001 - the edge: nothing leaves without an answer
            self._blame(admission.tenant, arrived, error)
            # A new session: the error page may read, in a transaction that can not write.
            db.session.remove()
            db.session.info["read_only"] = True
            response = self._refusal(error)
        response = self.finalize_request(response)
        if "requests_left" in state:
            limit_headers(response, state.requests_left)
        return response

    def _blame(self, tenant: Tenant, arrived: Request, error: Exception) -> None:
        """Count it as a fault of the page's module that a table is not there, as a fault of its hooks."""
        route = self._routes.get((arrived.endpoint, arrived.method))
        if route is not None and route.module is not None and is_table_missing(error):
            note_fault(tenant, route.module, arrived.endpoint or "", describe(error), error)

    def _check(self, admission: Admission, arrived: Request, state: Any) -> None:
        """Everything that must hold before the view runs, cheapest first."""
        if arrived.routing_exception is not None:
            self.raise_routing_exception(arrived)
        method = arrived.method
        if method not in SAFE_METHODS:
            check_origin(arrived, has_cookie=state.has_cookie, has_token=state.has_token)
        route = self._routes[arrived.endpoint, method]
        if route.body_limit is not None:
            arrived.max_content_length = route.body_limit
        if route.module is not None:
            check_module(admission.tenant, route.module, self._heads, method)
        _check_access(route.access, admission.person)
        if state.has_token and admission.person is not None:
            state.requests_left = self._meter.hit(principal_of(admission.person))

    def _unit_of_work(self, arrived: Request, person: Person | None, state: Any) -> Response:
        """Run the view in one transaction: committed after a write that succeeded, else rolled back.

        What only reads leaves the rolling back to the end of its session.
        """
        if arrived.method in SAFE_METHODS:
            db.session().info["read_only"] = True
            if state.is_api:
                return self._view()
            # Preferences do not change any more, and are asked for every word of a page, by hooks too.
            with use_preferences(current_preferences()):
                return self._view()
        if idempotency.is_wanted(arrived) and person is not None:
            response = idempotency.answer_once(db.session(), arrived, principal_of(person), self._view)
        else:
            response = self._view()
        if response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response

    def _view(self) -> Response:
        return self.make_response(self.preprocess_request() or self.dispatch_request())

    def _refusal(self, error: Exception) -> Response:
        if isinstance(error, SignInFirst) and not request.path.startswith(API_PREFIX):
            return login_redirect()
        return self.make_response(self.handle_user_exception(error))


def check_module(tenant: Tenant, module: str, heads: Mapping[str, str], method: str) -> None:
    """Raise what stands between the tenant and a module: 404, 503 or 402."""
    state = tenant.modules.get(module)
    if state is None:
        raise NotFound
    if state.access == "quarantined":
        raise Unavailable(_("This module is switched off after repeated faults."), code="module_quarantined")
    if state.revision < heads.get(module, ""):
        raise Unavailable(
            _("This module is being updated. Please try again in a moment."), code="module_behind"
        )
    if state.access == "read_only" and method not in SAFE_METHODS:
        raise PaymentRequired(code="module_read_only")


def principal_of(person: Person) -> str:
    """Whose writes and requests are counted as one's: a session or a token, by its digest."""
    return f"{person.via}:{person.credential.hex()}"


def _check_access(access: Access, person: Person | None) -> None:
    if access.kind == "public":
        return
    if person is None:
        raise SignInFirst
    if access.permission is not None and not person.can(access.permission):
        raise PermissionDenied


def _actor(person: Person | None) -> Actor:
    """Who the events of this request name; what nobody signed in for is done by the system."""
    if person is None:
        return SYSTEM
    kind: Literal["user", "token"] = "token" if person.via == "token" else "user"
    return Actor(kind=kind, id=str(person.member_id), name=person.name)


def _bearer_token(arrived: Request) -> str | None:
    scheme, _space, token = arrived.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class _Route:
    """What one endpoint and method ask for."""

    access: Access
    module: str | None
    #: Bytes of a body, where a route takes more than the application does.
    body_limit: int | None = None


def _declarations(app: Flask, modules: Mapping[str, str]) -> dict[tuple[str | None, str], _Route]:
    """The declaration of every endpoint and method; `check_routes` has seen that there is one."""
    found: dict[tuple[str | None, str], _Route] = {}
    for rule in app.url_map.iter_rules():
        module = modules.get(rule.endpoint.rpartition(".")[0])
        for method in rule.methods or ():
            view = app.view_functions[rule.endpoint]
            access = access_of(view, "GET" if method == "HEAD" else method)
            if access is not None:
                found[rule.endpoint, method] = _Route(access, module, getattr(view, "body_limit", None))
    return found


def _person_locale() -> str | None:
    person = find_person()
    return person.locale if person is not None else None
