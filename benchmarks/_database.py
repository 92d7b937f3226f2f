"""A prepared database, or a whole Charsu, on servers of its own; commits wait for the disk as ever."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from charsu.events.cause import SYSTEM
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.runtime import start_runtime
from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey
from charsu.settings import Settings
from charsu_tenants.bootstrap import prepare_database
from charsu_tenants.context import Tenant
from charsu_tenants.database import Database
from charsu_tenants.registry import create_tenant, get_tenant


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


@contextmanager
def own_runtime(folder: Path) -> Iterator[Runtime]:
    """A Charsu in place as the runtime of this process, without a business."""
    postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
    try:
        settings = Settings(
            database_url=postgres.start(),
            redis_url=valkey.start(),
            data_dir=folder,
            secret_key="the key of a benchmark, forty letters long",
            base_url="http://charsu.localhost:8000",
        )
        runtime = start_runtime(settings)
        prepare_database(runtime.database)
        yield runtime
        runtime.database.close()
    finally:
        valkey.stop()
        postgres.destroy()


def own_business(runtime: Runtime, slug: str = "saffron", modules: Sequence[str] | None = None) -> Tenant:
    """A business with these modules turned on, else with every installed one, as it stands after that."""
    made = create_tenant(runtime.database, slug=slug, name=slug, modules=runtime.plugins.lineages)
    for module in modules or [plugin.name for plugin in runtime.plugins.loaded]:
        enable_module(made.id, module, SYSTEM)
    return get_tenant(runtime.database, made.id)


def seconds(work: Callable[..., object], *arguments: object) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began
