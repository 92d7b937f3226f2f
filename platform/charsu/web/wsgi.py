"""The WSGI callable for servers: `charsu.web.wsgi:application`, built when the first worker asks for it."""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from charsu.runtime import start_runtime
from charsu.settings import load_settings
from charsu.web.crossing import create_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_lock = threading.Lock()
_built: list["WSGIApplication"] = []


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer a request with the application of this process's environment."""
    return prepare()(environ, start_response)


def prepare() -> "WSGIApplication":
    """Build the application once in this process; servers may call it before the first request."""
    with _lock:
        if not _built:
            _built.append(create_application(start_runtime(load_settings())))
    return _built[0]
