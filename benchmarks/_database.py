"""A prepared database on a server of its own, with commits that wait for the disk as in production."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from charsu.server.embedded import EmbeddedPostgres
from charsu_tenants.bootstrap import prepare_database
from charsu_tenants.database import Database


@contextmanager
def fresh_database() -> Iterator[Database]:
    """An empty Charsu; the server and its files are gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="charsu-bench-"))
    postgres = EmbeddedPostgres(folder)
    try:
        database = Database(postgres.start(), "the key of a benchmark, forty letters long")
        prepare_database(database)
        yield database
        database.close()
    finally:
        postgres.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def seconds(work: Callable[..., object], *arguments: object) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began
