"""The crossing: the bare host leads to the site, every other host to the tenants' application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from charsu.runtime import Runtime
from charsu.web.application import WebApplication
from charsu.web.site_app import SiteApp
from charsu.web.tenant_app import TenantApp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Crossing:
    """The one WSGI callable of Charsu. Only the `Host` header decides; forwarded headers are not believed."""

    def __init__(self, runtime: Runtime) -> None:
        self.site = SiteApp(runtime)
        self.tenants = TenantApp(runtime)
        self._base_host = runtime.settings.base_host

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Hand the request to the application its host belongs to."""
        return self._application(environ)(environ, start_response)

    def body_limit(self, environ: "WSGIEnvironment") -> int:
        """The bytes a body may have on the route of this request."""
        return self._application(environ).body_limit(environ)

    def _application(self, environ: "WSGIEnvironment") -> WebApplication:
        host = environ.get("HTTP_HOST", "").partition(":")[0].lower().rstrip(".")
        return self.site if host == self._base_host else self.tenants


def create_application(runtime: Runtime) -> Crossing:
    """Build both applications; raises `UndeclaredRoute` when a route declares no access."""
    return Crossing(runtime)
