"""What the site and the tenants' application share: limits, headers, errors and measurements."""

import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import orjson
import structlog
from flask import Flask, Request, Response, g, make_response, render_template, request
from flask.json.provider import JSONProvider
from flask.sessions import NullSession, SessionInterface
from flask.typing import ResponseReturnValue
from markupsafe import escape
from structlog.contextvars import bind_contextvars, clear_contextvars
from typing_extensions import override
from werkzeug.routing import MapAdapter

from charsu.api.blueprint import ORJSON_OPTIONS
from charsu.api.problems import problem
from charsu.proxies import these_globals, this_request
from charsu.runtime import Runtime
from charsu.text.i18n import _
from charsu.text.setup import init_text
from charsu.ui.setup import init_ui
from charsu.ui.templates import LanguageEnvironment
from charsu.web.access_log import new_request_id, record
from charsu.web.faults import Fault, fault_of, message_of
from charsu.web.flashes import read_flashes, take_flashes, write_flashes
from charsu.web.headers import HeaderSeal, security_headers
from charsu.web.matching import PlainRules, QuickAdapter, plain_rules
from charsu.web.rendering import is_partial, safe_path
from charsu.web.responses import PlainResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY_BYTES = 1024 * 1024
API_PREFIX = "/api/"
REQUEST_ID_KEY = "charsu.request_id"

log = structlog.get_logger("charsu.web")


class OrjsonProvider(JSONProvider):
    """JSON of the whole application by orjson: strict when read, UTC instants with `Z` when written."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Text of `obj`; lazy translations are written in the language of the request."""
        return orjson.dumps(obj, default=str, option=ORJSON_OPTIONS).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """The value of strict JSON: NaN, Infinity and lone surrogates are refused."""
        return orjson.loads(s)


class NoSessions(SessionInterface):
    """Flask's own cookie session is not used: who is signed in stands in the control plane."""

    _none = NullSession()

    @override
    def open_session(self, app: Flask, request: Any) -> NullSession:
        """One session for all, always empty: writing to it raises."""
        return self._none

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Keep nothing."""


class WebApplication(Flask):
    """A Flask application with Charsu's edge; `SiteApp` and `TenantApp` say who may come in."""

    session_interface = NoSessions()
    response_class = PlainResponse
    jinja_environment = LanguageEnvironment
    json_provider_class = OrjsonProvider
    is_site = True

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(
            "charsu", static_folder="static", static_url_path="/static", template_folder="templates"
        )
        self.runtime = runtime
        self.config.update(
            SECRET_KEY=runtime.settings.secret_key,
            MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
            SEND_FILE_MAX_AGE_DEFAULT=3600,
            PROVIDE_AUTOMATIC_OPTIONS=False,
            PREFERRED_URL_SCHEME="https" if runtime.settings.is_https else "http",
        )
        packages = [plugin.package for plugin in runtime.plugins.loaded]
        init_text(self, packages=packages)
        init_ui(self)
        cast("LanguageEnvironment", self.jinja_env).name_texts(packages)
        self._seal = HeaderSeal(security_headers(runtime.settings, is_site=self.is_site))
        self.register_error_handler(Exception, self.answer_fault)
        self.context_processor(self.page_context)

    def page_context(self) -> dict[str, Any]:
        """What every template may use."""
        return {"take_flashes": take_flashes, "request_id": g.get("request_id", "")}

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer with our headers on everything that leaves."""
        request_id = environ[REQUEST_ID_KEY] = new_request_id()
        is_static = environ.get("PATH_INFO", "").startswith("/static/")
        if environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
            # The server ends every body, so one broken off looks like a whole one: werkzeug counts instead.
            environ.pop("wsgi.input_terminated", None)
        return super().wsgi_app(environ, self._seal.around(start_response, request_id, is_static=is_static))

    def body_limit(self, _environ: "WSGIEnvironment") -> int:
        """The bytes a body may have on the route of a request that is not answered yet."""
        return MAX_BODY_BYTES

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The adapter of a request, which finds plain addresses by one look."""
        return None if request is None else QuickAdapter(self.url_map, self._plain_rules, request)

    @cached_property
    def _plain_rules(self) -> PlainRules:
        """Made when the first request comes: all routes are there then."""
        return plain_rules(self.url_map.iter_rules())

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Views are plain functions here; Flask would ask so anew at every call."""
        return func

    def full_dispatch_request(self) -> Response:
        """Answer one request from its first to its last line."""
        started = time.perf_counter()
        self._got_first_request = True
        arrived, state = this_request(), these_globals()
        state.request_id = arrived.environ[REQUEST_ID_KEY]
        clear_contextvars()
        bind_contextvars(request_id=state.request_id)
        read_flashes(arrived, self.runtime.settings.secret_key)
        response = self.answer_request(arrived, state)
        tenant = state.get("tenant")
        record(
            arrived,
            response,
            request_id=state.request_id,
            tenant=tenant.slug if tenant else None,
            started=started,
        )
        return response

    def answer_request(self, _arrived: Request, _state: Any) -> Response:
        """Dispatch to the view; whatever is raised becomes an answer."""
        try:
            response = self.make_response(self.preprocess_request() or self.dispatch_request())
        except Exception as error:  # noqa: BLE001 - the edge: nothing leaves without an answer
            response = self.make_response(self.handle_user_exception(error))
        return self.finalize_request(response)

    def preprocess_request(self) -> ResponseReturnValue | None:
        """As Flask's, which looks through the blueprints even where nothing is to be called."""
        if not self.before_request_funcs and not self.url_value_preprocessors:
            return None
        return super().preprocess_request()

    def process_response(self, response: Response) -> Response:
        """Add the cookie of waiting messages to the finished answer."""
        response = super().process_response(response)
        write_flashes(response, self.runtime.settings.secret_key)
        return response

    def answer_fault(self, error: Exception) -> Response:
        """A problem for the API, a fragment for htmx, a page for everybody else."""
        fault = fault_of(error)
        if request.path.startswith(API_PREFIX):
            response = problem(fault, g.request_id)
        else:
            response = make_response(self._fault_page(fault), fault.status)
        response.headers.update(fault.headers)
        return response

    def _fault_page(self, fault: Fault) -> str:
        template = "errors/_error.html" if is_partial() else "errors/error.html"
        try:
            return render_template(
                template,
                status=fault.status,
                code=fault.code,
                title=_title(fault),
                message=fault.message,
                back=_page_before(),
            )
        except Exception as error:
            log.error("error_page.failed", exc_info=error)
            return f"<!doctype html><title>{fault.status}</title><p>{escape(fault.message)}</p>"


def _page_before() -> str | None:
    """The page of this host that led here, where going back to it may help."""
    came_from = urlsplit(request.referrer or "")
    is_other = came_from.path != request.path or request.method not in {"GET", "HEAD"}
    is_here = came_from.netloc == request.host and is_other
    return safe_path(f"{came_from.path}?{came_from.query}".rstrip("?")) if is_here else None


def _title(fault: Fault) -> str:
    status = fault.status
    of_codes = {
        "tenant_suspended": _("This business is suspended"),
        "unknown_host": _("There is no business here"),
        "module_quarantined": _("This module is switched off"),
    }
    if fault.code in of_codes:
        return of_codes[fault.code]
    titles = {
        402: _("Read-only"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("This can not be opened"),
        413: _("Too large"),
        422: _("Something does not fit"),
        429: _("Too many requests"),
        503: _("Out of service for a moment"),
    }
    return titles.get(status) or (_("Something went wrong") if status >= 500 else message_of(status))
