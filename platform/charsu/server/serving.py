"""Addresses of the servers for a command: those set, those of the running `charsu up`, or its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

import psycopg

from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
from charsu.server.processes import ServerFault, wait_until
from charsu.server.upfile import up_base_url
from charsu.settings import DEFAULT_BASE_URL, Settings, empty_place
from charsu_tenants.bootstrap import control_revision
from charsu_tenants.database import Database

JOIN_SECONDS = 30.0


class _Server(Protocol):
    @property
    def url(self) -> str: ...
    @property
    def is_reachable(self) -> bool: ...
    def is_held_elsewhere(self) -> bool: ...
    def start(self) -> str: ...
    def stop(self) -> None: ...


@contextmanager
def served(settings: Settings) -> Iterator[Settings]:
    """Settings with both addresses filled for the length of the block.

    An empty address means the embedded server: the running one is joined, else one is started for the block.
    """
    with ExitStack() as stack:
        database_url = settings.database_url or _join(EmbeddedPostgres(settings.data_dir), stack)
        redis_url = settings.redis_url or _join(EmbeddedValkey(settings.data_dir), stack)
        yield dataclasses.replace(
            settings, database_url=database_url, redis_url=redis_url, base_url=_base_url(settings)
        )


def demand_place() -> None:
    """Refuse a command about what is there where nothing is: most often it was given in another folder.

    Raises: ServerFault.
    """
    if place := empty_place():
        raise ServerFault(
            f"there is no Charsu in {place}: give this command in the folder you start Charsu from, or name "
            "its data folder in CHARSU_DATA_DIR"
        )


def demand_prepared(database: Database) -> None:
    """Refuse to work on a database without a control plane. Raises: ServerFault, as `demand_entry`."""
    demand_entry(database)
    if control_revision(database) is None:
        raise ServerFault("the database is not prepared yet: run `charsu migrate`")
    demand_entry(database, is_control=True)


def demand_entry(database: Database, *, is_control: bool = False) -> None:
    """Raise `ServerFault` at once where the database does not let its administrator or control plane in."""
    try:
        database.knock(is_control=is_control)
    except psycopg.OperationalError as error:
        raise ServerFault(f"the database lets nobody in: {str(error).strip().splitlines()[-1]}") from None


def _base_url(settings: Settings) -> str:
    """Where the environment names none, that of the running `charsu up`, which may have another port."""
    return (settings.base_url == DEFAULT_BASE_URL and up_base_url(settings.data_dir)) or settings.base_url


def _join(server: _Server, stack: ExitStack) -> str:
    if not server.is_held_elsewhere():
        stack.callback(server.stop)
        return server.start()
    if not wait_until(lambda: server.is_reachable, JOIN_SECONDS):
        raise ServerFault("the server of the running Charsu does not answer")
    return server.url
