"""Fixtures for tests of Charsu and of its plugins: real servers, a database a worker, ready-made tenants."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import structlog
from sqlalchemy.orm import Session

from charsu.db import tenant_work as open_tenant_work
from charsu.jobs.draining import drain_until_quiet
from charsu.runtime import Runtime, start_runtime
from charsu.settings import Settings
from charsu.testing import snapshots
from charsu.testing.clients import anonymous, api, api_as, application, client, client_as, people, site
from charsu.testing.house import House, build_house
from charsu.testing.processes import processes_of
from charsu.testing.servers import EmbeddedServers, Servers, given_servers
from charsu.testing.shelf import with_plugins
from charsu.testing.wire import on_the_wire
from charsu_tenants.bootstrap import prepare_database
from charsu_tenants.context import Tenant
from charsu_tenants.database import Database

#: Fixtures that stand beside what they make.
__all__ = [
    "anonymous",
    "api",
    "api_as",
    "application",
    "client",
    "client_as",
    "on_the_wire",
    "people",
    "processes_of",
    "site",
    "with_plugins",
]

_EMBEDDED = pytest.StashKey[EmbeddedServers]()
_SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the servers before the first xdist worker, and tell each worker where they are."""
    servers = _start(node.config)
    node.workerinput["charsu_servers"] = (servers.database_url, servers.redis_url)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers when the run ends."""
    embedded = config.stash.get(_EMBEDDED, None)
    if embedded is not None:
        embedded.stop()


def pytest_configure() -> None:
    """Log tracebacks as Python writes them: structlog's own, with every local variable, take seconds each."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, plain]
    )


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Servers:
    """PostgreSQL and Valkey of this run, started when the first test asks; all workers share them."""
    addresses = getattr(request.config, "workerinput", {}).get("charsu_servers")
    return Servers(*addresses) if addresses else _start(request.config)


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """Name of this xdist worker; "main" where there are none."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def started_runtime(
    servers: Servers, worker_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runtime]:
    """The runtime of this worker, in a database of its own that is prepared but holds no tenant."""
    settings = Settings(
        database_url=servers.database_for(worker_name),
        redis_url=servers.redis_for(worker_name),
        data_dir=tmp_path_factory.mktemp("data"),
        secret_key=secrets.token_urlsafe(48),
        base_url="http://charsu.localhost:8000",
        hashing_profile="test",
    )
    started = start_runtime(settings)
    prepare_database(started.database)
    yield started
    started.database.close()


@pytest.fixture(scope="session")
def house(started_runtime: Runtime) -> House:
    """The two ready-made tenants and the rows every test starts from."""
    return build_house(started_runtime)


@pytest.fixture
def _clean_house(house: House) -> Iterator[House]:
    yield house
    house.clean()


@pytest.fixture
def runtime(_clean_house: House) -> Runtime:
    """The runtime of this worker; what a test writes anywhere is gone before the next one."""
    return _clean_house.runtime


@pytest.fixture
def database(runtime: Runtime) -> Database:
    """The database of this worker."""
    return runtime.database


@pytest.fixture
def tenant(_clean_house: House) -> Tenant:
    """A business with every installed module enabled, the plugin under test among them."""
    return _clean_house.tenant()


@pytest.fixture
def other_tenant(_clean_house: House) -> Tenant:
    """Another business like `tenant`, to prove that neither sees the other."""
    return _clean_house.other_tenant()


@pytest.fixture
def tenant_work(_clean_house: House) -> Callable[..., AbstractContextManager[Session]]:
    """`with tenant_work(tenant) as session:` one unit of work, committed at its end."""
    return open_tenant_work


@pytest.fixture
def drain(runtime: Runtime) -> Callable[[], None]:
    """`drain()`: run every reaction and job that is due, and what follows from it, in this process."""
    return lambda: drain_until_quiet(runtime)


@pytest.fixture
def digest(runtime: Runtime) -> Callable[[Tenant], str]:
    """`digest(tenant)`: a hash of every row the tenant has, to prove that nothing changed."""
    return lambda tenant: snapshots.digest(runtime.database, tenant)


def _start(config: pytest.Config) -> Servers:
    if _SERVERS not in config.stash:
        servers = given_servers()
        if servers is None:
            config.stash[_EMBEDDED] = embedded = EmbeddedServers()
            servers = embedded.start()
        config.stash[_SERVERS] = servers
    return config.stash[_SERVERS]
