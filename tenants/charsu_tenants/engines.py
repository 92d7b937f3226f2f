"""Connections of tenants: a small pool each, the whole bounded, least recently used goes first."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool
from sqlalchemy.util import LRUCache

from charsu_tenants.credentials import role_password
from charsu_tenants.liveness import is_alive

#: Statements whose compiled form is kept, for all tenants together: their tables have the same names.
COMPILED_STATEMENTS = 1000
#: A thread that finds every connection of its tenant busy gives up after this long.
WAIT_SECONDS = 5.0
#: Older connections are replaced: a backend never gives back the memory of its catalog caches.
LIFETIME_SECONDS = 1800
_BLANK_URL = make_url("postgresql+psycopg://")


class TenantPool(QueuePool):
    """Connections of one tenant; once retired it keeps none, so late returns are closed."""

    retired = False

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if self.retired:
            record.close()
            self._dec_overflow()
        else:
            super()._do_return_conn(record)

    @contextmanager
    def borrowed(self) -> Iterator[psycopg.Connection[Any]]:
        """The driver's connection for a statement or two, without SQLAlchemy's wrappers around it.

        For connections in autocommit: nothing is rolled back when it returns. Listeners are told as ever.
        """
        record = self._do_get()
        try:
            yield self._fit(record)
        finally:
            for told in self.dispatch.checkin:
                told(record.dbapi_connection, record)
            self._do_return_conn(record)

    def _fit(self, record: Any) -> psycopg.Connection[Any]:
        """The connection of a record, a new one in place of one that was dropped or grew old."""
        connection: psycopg.Connection[Any] = record.get_connection()
        try:
            for told in self.dispatch.checkout:
                told(connection, record, None)
        except DisconnectionError as reason:
            record.invalidate(reason)
            connection = record.get_connection()
        return connection

    def retire(self) -> None:
        """Close what is idle now, and what is in use as soon as it comes back."""
        self.retired = True
        self.dispose()

    def open_count(self) -> int:
        """Connections this pool holds, idle or in use."""
        return self.checkedin() + self.checkedout()


class TenantEngines:
    """Engines by tenant role, at most `tenants` of them, with at most about `connections` together.

    Connections in use are never cut off: the bound gives way by those until they come back.
    """

    def __init__(
        self, url: str, secret_key: str, *, tenants: int = 32, connections: int = 24, per_tenant: int = 8
    ) -> None:
        self._conninfo = conninfo_to_dict(url)
        self._secret_key = secret_key
        self._tenants = tenants
        self._connections = connections
        self._per_tenant = per_tenant
        self._lock = threading.RLock()
        self._dialect: Dialect | None = None
        self._compiled: LRUCache[Any, Any] = LRUCache(COMPILED_STATEMENTS)
        self._engines: OrderedDict[str, tuple[Engine, Engine]] = OrderedDict()

    def engine(self, role: str, *, read_only: bool = False) -> Engine:
        """The engine of a tenant's role, made at its first use."""
        with self._lock:
            pair = self._engines.get(role)
            if pair is None:
                pair = self._engines[role] = self._make(role)
                self._shrink()
            else:
                self._engines.move_to_end(role)
        return pair[read_only]

    def forget(self, role: str) -> None:
        """Close the connections of a tenant that was erased or whose password changed."""
        with self._lock:
            pair = self._engines.pop(role, None)
        if pair is not None:
            _retire(pair)

    def open_count(self) -> int:
        """Connections open now, over all tenants that have an engine."""
        with self._lock:
            return sum(pool_of(engine).open_count() for pair in self._engines.values() for engine in pair)

    def __len__(self) -> int:
        return len(self._engines)

    def close(self) -> None:
        """Close every idle connection, and those in use when they come back."""
        with self._lock:
            roles = list(self._engines)
        for role in roles:
            self.forget(role)

    def _make(self, role: str) -> tuple[Engine, Engine]:
        return self._engine(role), self._engine(role, read_only=True)

    def _engine(self, role: str, *, read_only: bool = False) -> Engine:
        """An engine with a pool of its own.

        Read-only connections are so by a setting of their session and run in autocommit: what only reads
        needs no BEGIN and no ROLLBACK, which are two round trips of three.
        """
        dialect = self._dialect = self._dialect or self._make_dialect(role)
        parameters = {**self._conninfo, "user": role, "password": role_password(self._secret_key, role)}
        if read_only:
            parameters["options"] = (
                f"{parameters.get('options', '')} -c default_transaction_read_only=on".strip()
            )
            parameters["autocommit"] = True
        _, adapters = dialect.create_connect_args(_BLANK_URL)
        pool = TenantPool(
            lambda: dialect.connect(**{**parameters, **adapters}),
            pool_size=self._per_tenant,
            max_overflow=0,
            timeout=WAIT_SECONDS,
            recycle=LIFETIME_SECONDS,
            use_lifo=True,
            dialect=dialect,
        )
        event.listen(pool, "connect", self._connected)
        event.listen(pool, "checkout", _refuse_dead)
        if read_only:
            event.listen(pool, "checkin", _drop_loosened)
        return Engine(
            pool,
            dialect,
            _BLANK_URL.set(username=role),
            hide_parameters=True,
            query_cache_size=0,
            execution_options={"compiled_cache": self._compiled},
        )

    def _make_dialect(self, role: str) -> Dialect:
        """One dialect for all: what is compiled for one tenant is then compiled for every one."""
        parameters = {**self._conninfo, "user": role, "password": role_password(self._secret_key, role)}
        maker = create_engine(
            "postgresql+psycopg://",
            use_native_hstore=False,
            poolclass=NullPool,
            creator=lambda: psycopg.connect(**cast("Any", parameters)),
        )
        with maker.connect():
            return maker.dialect

    def _connected(self, *_: object) -> None:
        """A connection more: make room among the tenants that were not seen for longest."""
        with self._lock:
            self._shrink()

    def _shrink(self) -> None:
        while len(self._engines) > self._tenants:
            _retire(self._engines.popitem(last=False)[1])
        for role in list(self._engines)[:-1]:
            if self.open_count() <= self._connections:
                return
            _retire(self._engines.pop(role))


def administrator_engine(url: str) -> Engine:
    """An engine that logs in as the user of `url`, a new connection each time."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url),
        poolclass=NullPool,
        use_native_hstore=False,
    )


def pool_of(engine: Engine) -> TenantPool:
    """The pool of a tenant's engine."""
    return cast("TenantPool", engine.pool)


def _retire(pair: tuple[Engine, Engine]) -> None:
    for engine in pair:
        pool_of(engine).retire()


def _drop_loosened(connection: Any, record: ConnectionPoolEntry) -> None:
    """A session that was told to write after all goes to nobody else; the server reports the setting."""
    if connection is not None and connection.info.parameter_status("default_transaction_read_only") != "on":
        record.invalidate()


def _refuse_dead(connection: Any, *_: object) -> None:
    if not is_alive(connection):
        raise DisconnectionError("the server closed this connection while it was idle")
