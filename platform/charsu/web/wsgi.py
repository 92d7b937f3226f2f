"""The WSGI callable for the server, built when it is asked for."""

import threading

from charsu.runtime import start_runtime
from charsu.server.bodies import Readers
from charsu.server.intake import Intake
from charsu.server.static_files import StaticFiles
from charsu.settings import load_settings
from charsu.ui.assets import STATIC_FOLDER
from charsu.web.crossing import create_application
from charsu.web.headers import security_headers

_lock = threading.Lock()
_built: list[Intake] = []


def prepare() -> Intake:
    """The application of this process's environment, behind its intake; built once in a process."""
    with _lock:
        if not _built:
            runtime = start_runtime(load_settings())
            files = StaticFiles(STATIC_FOLDER, security_headers(runtime.settings, is_site=False))
            _built.append(Intake(create_application(runtime), Readers(), files))
    return _built[0]
