"""Whether this process can do its work: database, Valkey and migrations, each asked with a short limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import redis
from sqlalchemy.exc import SQLAlchemyError

from charsu.process import Runtime
from charsu_tenants.bootstrap import control_revision
from charsu_tenants.lineages import Lineage, control_lineage

TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True)
class Part:
    """One thing Charsu needs, and whether it is there; `detail` is for the operator, never for the public."""

    name: str
    is_ok: bool
    detail: str = ""


class Readiness:
    """Asks for all parts; keeps its connection to Valkey between the questions."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._valkey = redis.Redis.from_url(
            runtime.settings.redis_url, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS
        )
        self._control: Lineage = control_lineage()

    def parts(self) -> list[Part]:
        """Every part, in a fixed order; asks them one after the other."""
        return [
            _ask("database", self._database),
            _ask("valkey", self._ping),
            _ask("migrations", self._migrations),
        ]

    def _database(self) -> str:
        with self._runtime.database.control_autocommit() as connection:
            connection.execute("SELECT 1")
        return ""

    def _ping(self) -> str:
        self._valkey.ping()
        return ""

    def _migrations(self) -> str:
        found = control_revision(self._runtime.database)
        if found != self._control.head:
            raise LookupError(f"control plane at {found}, code at {self._control.head}: run `charsu migrate`")
        return str(found)


def _ask(name: str, question: Callable[[], str]) -> Part:
    try:
        return Part(name, is_ok=True, detail=question())
    except (psycopg.Error, SQLAlchemyError, redis.RedisError, OSError, LookupError) as error:
        return Part(
            name,
            is_ok=False,
            detail=str(error).strip().splitlines()[0] if str(error) else type(error).__name__,
        )
