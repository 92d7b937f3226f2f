"""The bare host: landing page, sign-up and the API beside it. It knows no tenant and has no `db`."""

from flask import Response, request

from charsu.api.document import make_api, register_document
from charsu.runtime import Runtime
from charsu.web import core_routes
from charsu.web.access import check_routes
from charsu.web.application import WebApplication
from charsu.web.csrf import check_origin


class SiteApp(WebApplication):
    """Answers on the bare host; every route is public."""

    is_site = True

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        api = make_api(self)
        core_routes.register_platform(self)
        core_routes.register_site(self, api)
        register_document(self, api, lambda: frozenset(self.blueprints))
        self.before_request(_refuse_foreign_writes)
        check_routes(self)


def _refuse_foreign_writes() -> Response | None:
    check_origin(request, has_cookie=bool(request.cookies), has_token=False)
    return None
