"""A runtime for as long as a command runs."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from charsu.faultpoints import arm
from charsu.process import Runtime
from charsu.runtime import start_runtime
from charsu.server.serving import demand_place, demand_prepared, served
from charsu.settings import empty_place, load_settings
from charsu.text.preferences import speak_at_terminal
from charsu_tenants.bootstrap import prepare_database


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


@contextmanager
def prepared_runtime() -> Iterator[Runtime]:
    """The runtime of a Charsu that is there, for a command about its tenants. Raises: ServerFault."""
    demand_place()
    with command_runtime() as runtime:
        demand_prepared(runtime.database)
        with speak_at_terminal(os.environ):
            yield runtime


@contextmanager
def checking_runtime() -> Iterator[Runtime]:
    """The runtime of the Charsu that is there; where none is, one on servers that are gone afterwards."""
    if empty_place() is None:
        with prepared_runtime() as runtime:
            yield runtime
        return
    # By name: commands about a Charsu that is there need none of it.
    with importlib.import_module("charsu.testing.servers").throwaway_servers() as environ:
        os.environ.update(environ)
        with command_runtime() as runtime:
            prepare_database(runtime.database)
            yield runtime
