"""`db`: the sessions of Flask-SQLAlchemy, each of which works as one tenant's own role."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy.orm import Session

from charsu.process import runtime
from charsu.proxies import this_app
from charsu_tenants.base import Base
from charsu_tenants.context import Tenant, tenant_scope
from charsu_tenants.database import Database
from charsu_tenants.sessions import TenantSession

__all__ = ["Base", "WorkSession", "db", "tenant_work"]


class WorkSession(TenantSession, FlaskSession):
    """The session of an application context: the current tenant's, in the database of the process."""

    def find_database(self) -> Database:
        """The database of the runtime."""
        return runtime().database


class TenantSQLAlchemy(SQLAlchemy):
    """Flask-SQLAlchemy without an engine of its own: the session finds the tenant's."""

    def init_app(self, app: Flask) -> None:
        """Prepare an application for `db.session`, which goes when the application context does."""
        app.config.setdefault("SQLALCHEMY_DATABASE_URI", "postgresql+psycopg://")
        super().init_app(app)


_OPTIONS: dict[str, Any] = {"class_": WorkSession, "expire_on_commit": False}
db = TenantSQLAlchemy(metadata=Base.metadata, session_options=_OPTIONS)


@contextmanager
def tenant_work(tenant: Tenant, read_only: bool = False) -> Iterator[Session]:
    """One unit of work for a tenant outside a request: a job, a command, a test.

    Opens an application context and a session of its own, also inside a request. Commits when the block
    ends well and rolls back when it raises; `read_only` work is refused writes and always rolled back.
    """
    with _app().app_context(), tenant_scope(tenant):
        session = db.session()
        session.info["read_only"] = read_only
        try:
            yield session
            if not read_only:
                session.commit()
        finally:
            db.session.remove()


def _app() -> Flask:
    if current_app and "sqlalchemy" in current_app.extensions:
        return this_app()
    return _bare_app()


@functools.cache
def _bare_app() -> Flask:
    """The application of work outside any request: it has `db` and nothing else."""
    app = Flask("charsu.work")
    db.init_app(app)
    return app
