"""The WSGI callable for the server, built when it is asked for."""

import threading
from typing import TYPE_CHECKING

from charsu.runtime import start_runtime
from charsu.server.bodies import Readers
from charsu.server.intake import Intake
from charsu.settings import load_settings
from charsu.web.crossing import create_application

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_lock = threading.Lock()
_built: list["WSGIApplication"] = []


def prepare() -> "WSGIApplication":
    """The application of this process's environment, behind its intake; built once in a process."""
    with _lock:
        if not _built:
            _built.append(Intake(create_application(start_runtime(load_settings())), Readers()))
    return _built[0]
