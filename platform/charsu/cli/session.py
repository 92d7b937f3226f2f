"""A runtime for as long as a command runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from charsu.faultpoints import arm
from charsu.process import Runtime
from charsu.runtime import start_runtime
from charsu.server.serving import served
from charsu.settings import load_settings


@contextmanager
def command_runtime() -> Iterator[Runtime]:
    """A runtime on the servers that are set, on those of a running `charsu up`, or on servers of its own."""
    with served(load_settings()) as settings:
        os.environ.update(settings.to_environ())
        if fault := os.environ.get("CHARSU_FAULT"):
            arm(fault)
        runtime = start_runtime(settings)
        try:
            yield runtime
        finally:
            runtime.database.close()
