"""The web server: granian with a few processes and many threads, of which a few work."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import logging
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import granian
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import mp

from charsu.logs import LogStyle, configure_logging
from charsu.server.entrance import Entrance
from charsu.server.ports import check_port
from charsu.server.processes import PR_SET_PDEATHSIG, ServerFault
from charsu.settings import Settings

APPLICATION = "charsu.web.wsgi"
WORKERS = 2
#: Threads of one worker. Few of them work at a time (`charsu.server.entrance`), the others wait for bodies.
THREADS = 64
STOP_SECONDS = 10
#: What granian puts around a WSGI callable.
_WRAPPER = "_wsgi_call_wrap"


def serve_web(settings: Settings, *, host: str, port: int, style: LogStyle) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that run are finished first. Raises: ServerFault."""
    check_port(host, port)
    os.environ.update(settings.to_environ())
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics_folder(settings.data_dir))
    server = Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        # Over HTTP/2 one connection could bring any number of bodies, and hanging up on one would end all.
        http=HTTPModes.http1,
        workers=WORKERS,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
    )
    logging.getLogger("_granian").addFilter(_is_news)
    if multiprocessing.get_start_method() == "fork":
        # Once for all workers, which share its memory. It connects nothing and starts no thread: tested.
        importlib.import_module(APPLICATION).prepare()
        gc.freeze()
    server.serve(target_loader=partial(_load, style, os.getpid()), wrap_loader=False)


def _is_news(record: logging.LogRecord) -> bool:
    """False for granian's advice on many threads: ours are many so that few of them work."""
    return "Python threads" not in record.getMessage()


def _load(style: LogStyle, parent: int, *_arguments: Any) -> Callable[..., Any]:
    """What each worker runs first: tie itself to the server, set its logs, import the application."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
    configure_logging("web", style)
    entrance = Entrance(importlib.import_module(APPLICATION).prepare())
    # There is no public way to answer from another thread than the one that took the request in.
    if _WRAPPER not in vars(mp):
        raise ServerFault(f"this granian ({granian.__version__}) is not the one Charsu was made for (2.8)")
    vars(mp)[_WRAPPER] = lambda *_arguments: entrance
    return entrance


def _metrics_folder(data_dir: Path) -> Path:
    folder = data_dir / "metrics"
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    return folder
