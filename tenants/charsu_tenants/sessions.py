"""Sessions of SQLAlchemy that serve one tenant for life."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from charsu_tenants.context import Tenant, current_tenant
from charsu_tenants.database import Database
from charsu_tenants.engines import pool_of


class SecondTenant(RuntimeError):
    """A session that served one tenant was used in the scope of another: its objects are not that one's."""


class TenantSession(Session):
    """Works as the current tenant's role, and for that tenant alone.

    Every statement asks for the tenant: none raises NoTenant, another than the first raises SecondTenant.
    `session.info["read_only"] = True`, set before the first statement, gives a connection that can only read.
    """

    def find_database(self) -> Database:
        """The database to work in; subclasses may know it from elsewhere than `info["database"]`."""
        database = self.info["database"]
        if not isinstance(database, Database):
            raise TypeError("info['database'] is not a Database")
        return database

    def get_bind(self, *_: Any, **__: Any) -> Engine | Connection:
        """The engine of the current tenant, the same all its life. Raises: NoTenant, SecondTenant."""
        tenant = current_tenant()
        owner = self.info.setdefault("tenant", tenant)
        if owner.id != tenant.id:
            raise SecondTenant(f"this session serves {owner.slug!r}, the tenant is {tenant.slug!r}")
        engine: Engine | None = self.info.get("engine")
        if engine is None:
            read_only = bool(self.info.get("read_only"))
            engine = self.info["engine"] = self.find_database().engine(tenant, read_only=read_only)
        return engine

    @contextmanager
    def driver(self) -> Iterator[psycopg.Connection[Any]]:
        """The driver's own connection, for statements that only read and are done when the block ends.

        That of the session's transaction where there is one, with what waited to be written. In read-only
        work one that is borrowed for the block: such connections are in autocommit, so it makes no difference
        which of them is asked. Raises: NoTenant, SecondTenant.
        """
        engine = self.get_bind()
        if self.info.get("read_only") and not self.in_transaction() and isinstance(engine, Engine):
            with pool_of(engine).borrowed() as connection:
                yield connection
        else:
            self.flush()
            yield cast("Any", self.connection().connection.driver_connection)

    def commit(self) -> None:
        """Commit; the next transaction reads `info["read_only"]` anew."""
        super().commit()
        self.info.pop("engine", None)

    def close(self) -> None:
        """Give back the connection and forget all objects; what was never used has neither."""
        if self.in_transaction() or len(self.identity_map) or self.new:
            super().close()

    def rollback(self) -> None:
        """Roll back; the next transaction reads `info["read_only"]` anew."""
        super().rollback()
        self.info.pop("engine", None)


def driver_of(session: Session) -> AbstractContextManager[psycopg.Connection[Any]]:
    """`TenantSession.driver` of what is known as a session only."""
    if not isinstance(session, TenantSession):
        raise TypeError(f"{type(session).__name__} is no session of a tenant")
    return session.driver()


@contextmanager
def tenant_session(database: Database, *, read_only: bool = False) -> Iterator[TenantSession]:
    """A session of the current tenant outside Flask; commits when the block ends well."""
    info = {"database": database, "read_only": read_only}
    with TenantSession(info=info, expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def owner_session(database: Database, tenant: Tenant) -> Iterator[Session]:
    """A session as the owner of the tenant's tables: the one door by which history may be changed or deleted.

    For sample data and repairs, never for requests. Events emitted in it are the tenant's.
    """
    scope = (
        sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(database.owner_role)),
        sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(tenant.schema)),
        sql.SQL("SET LOCAL charsu.tenant = {}").format(sql.Literal(tenant.schema)),
    )
    with database.admin_engine.connect() as connection:
        for statement in scope:
            connection.exec_driver_sql(statement.as_string(None))
        with Session(bind=connection, expire_on_commit=False) as session:
            yield session
            session.flush()
        connection.commit()
