"""The PostgreSQL database of Charsu and the three kinds of logins by which it is reached."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from charsu_tenants.context import Tenant
from charsu_tenants.credentials import role_password
from charsu_tenants.liveness import is_alive

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from charsu_tenants.engines import TenantEngines

#: A connection of psycopg whose rows are dicts.
Connection = psycopg.Connection[DictRow]

#: Spoken in a transaction, its commit does not wait for the disk.
UNFLUSHED = "SET LOCAL synchronous_commit = off"

_CONTROL_LIMIT = 6
_ADMIN_LIMIT = 4
_LIFETIME_SECONDS = 1800.0
_WAIT_SECONDS = 10.0


class Database:
    """Connections to one database; thread-safe, opened when first needed, closed by `close()`.

    `url` is that of the administrator (a superuser, or a role with CREATEROLE that owns the database). Its
    password stays here: the control plane and the tenants log in as roles of their own, whose passwords
    are derived from `secret_key`.
    """

    def __init__(
        self, url: str, secret_key: str, *, tenant_engines: int = 32, tenant_connections: int = 24
    ) -> None:
        parts = conninfo_to_dict(url)
        self.url = url
        self.secret_key = secret_key
        self.name = str(parts.get("dbname") or parts.get("user") or "postgres")
        #: Owns every object and can not log in.
        self.owner_role = f"{self.name}_owner"
        #: Reads and writes control plane and bus.
        self.control_role = f"{self.name}_control"
        #: Group of all tenant roles of this database: may connect and call bus.emit, no more.
        self.tenant_group = f"{self.name}_tenant"
        self._engine_limits = {"tenants": tenant_engines, "connections": tenant_connections}
        password = role_password(secret_key, self.control_role)
        self._control_url = make_conninfo(url, user=self.control_role, password=password)
        self._control = _LivePool(self._control_url, _CONTROL_LIMIT)
        self._admin = _LivePool(url, _ADMIN_LIMIT)

    @contextmanager
    def control(self, *, flushed: bool = True) -> Iterator[Connection]:
        """One short transaction in the control plane, committed when the block ends well.

        Not `flushed`, its commit does not wait for the disk: for a step of work that ends with a commit that
        does, and so makes all before it durable along (there is one log, and it is written in order).
        """
        self._control.open()
        with self._control.connection() as connection, connection.transaction():
            if not flushed:
                connection.execute(UNFLUSHED)
            yield connection

    @contextmanager
    def control_autocommit(self) -> Iterator[Connection]:
        """The control plane for one statement: one round trip, no transaction around it."""
        self._control.open()
        # The pool's own context would commit, which in autocommit is a turn for nothing.
        connection = self._control.getconn()
        try:
            yield connection
        finally:
            self._control.putconn(connection)

    @property
    def control_era(self) -> object:
        """Another object whenever a connection to the control plane was opened.

        What one process read in one era was read from one run of the server: it ends no run without ending
        its connections. A run that ended in a crash may have shown transactions whose numbers the next run
        gives to others.
        """
        return self._control.era

    def knock(self, *, is_control: bool = False) -> None:
        """Log in once as the administrator or to the control plane, past the pool, which would go on trying.

        Raises: psycopg.OperationalError, with the reason.
        """
        url = self._control_url if is_control else self.url
        psycopg.connect(url, connect_timeout=int(_WAIT_SECONDS)).close()

    @contextmanager
    def admin(self) -> Iterator[Connection]:
        """A connection of the administrator, in autocommit: bootstrap, provisioning and migrations only."""
        self._admin.open()
        with self._admin.connection() as connection:
            yield connection

    @functools.cached_property
    def admin_engine(self) -> Engine:
        """The administrator by way of SQLAlchemy, a new connection each time: for owner sessions."""
        engine: Engine = importlib.import_module("charsu_tenants.engines").administrator_engine(self.url)
        return engine

    @functools.cached_property
    def _engines(self) -> TenantEngines:
        # By name: commands that only ask the control plane need no SQLAlchemy.
        maker = importlib.import_module("charsu_tenants.engines").TenantEngines
        engines: TenantEngines = maker(self.url, self.secret_key, **self._engine_limits)
        return engines

    def engine(self, tenant: Tenant, *, read_only: bool = False) -> Engine:
        """The engine of a tenant: its role, its schema and nothing else."""
        return self._engines.engine(tenant.schema, read_only=read_only)

    def warm(self, tenant: Tenant) -> None:
        """Open this process's first connection of a tenant, so that whoever comes next finds it ready."""
        self.engine(tenant).connect().close()

    def forget(self, tenant: Tenant) -> None:
        """Close this process's connections of a tenant."""
        if "_engines" in self.__dict__:
            self._engines.forget(tenant.schema)

    def close(self) -> None:
        """Close every connection; the object is of no use after that."""
        if "_engines" in self.__dict__:
            self._engines.close()
        for pool in (self._control, self._admin):
            pool.close()


class _LivePool(ConnectionPool[Connection]):
    """A pool that hands out no connection the server has closed, however many of those it holds.

    The pool's own `check` waits a second before it looks at the next connection, then two, then four: after a
    restart of PostgreSQL a handful of dead ones outlast everybody's patience. Dead ones are known without a
    round trip here, so none is waited for.
    """

    def __init__(self, conninfo: str, limit: int) -> None:
        self.era = object()
        super().__init__(
            conninfo,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row},
            configure=self._begin_era,
            min_size=0,
            max_size=limit,
            timeout=_WAIT_SECONDS,
            max_lifetime=_LIFETIME_SECONDS,
            open=False,
        )

    def _begin_era(self, _connection: Connection) -> None:
        self.era = object()

    def getconn(self, timeout: float | None = None) -> Connection:
        """A live connection; `PoolTimeout` when none can be had in time."""
        for _ in range(self.max_size):
            connection = super().getconn(timeout)
            if is_alive(connection):
                return connection
            # The pool sees that it is broken and has another one made.
            self.putconn(connection)
        return super().getconn(timeout)
