"""The servers of a test run: PostgreSQL and Valkey, started once and shared by its workers."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from charsu.server.embedded import EmbeddedPostgres, EmbeddedValkey


@dataclass(frozen=True)
class Servers:
    """Addresses of the servers of this run."""

    database_url: str
    redis_url: str

    def database_for(self, worker: str) -> str:
        """URL of an empty database of that worker, made anew."""
        name = sql.Identifier(f"charsu_test_{worker}")
        with psycopg.connect(self.database_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        return urlsplit(self.database_url)._replace(path=f"/charsu_test_{worker}").geturl()

    def redis_for(self, worker: str) -> str:
        """URL of a numbered Valkey database of that worker."""
        number = int("".join(filter(str.isdigit, worker)) or 0) % 16
        return f"{self.redis_url.partition('?')[0]}?db={number}"


class EmbeddedServers:
    """Both servers in a throw-away folder; they lose everything in a crash and are quick for it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="charsu-test-"))
        # As root, the servers' own user must reach the folder, else they live (and may be left) in /var/lib.
        self.folder.chmod(0o711)
        self._postgres = EmbeddedPostgres(self.folder, fsync=False)
        self._valkey = EmbeddedValkey(self.folder)

    def start(self) -> Servers:
        """Start both and say where they are."""
        try:
            return Servers(self._postgres.start(), self._valkey.start())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both and remove what they wrote."""
        self._valkey.stop()
        self._postgres.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def throwaway_servers() -> Iterator[dict[str, str]]:
    """The environment of a Charsu on servers that are gone when the block ends."""
    servers = EmbeddedServers()
    try:
        started = servers.start()
        yield {
            "CHARSU_DATA_DIR": str(servers.folder),
            "CHARSU_DATABASE_URL": started.database_url,
            "CHARSU_REDIS_URL": started.redis_url,
        }
    finally:
        servers.stop()


def given_servers() -> Servers | None:
    """Servers named by CHARSU_TEST_DATABASE_URL and CHARSU_TEST_REDIS_URL, where both are set."""
    database, redis = os.environ.get("CHARSU_TEST_DATABASE_URL"), os.environ.get("CHARSU_TEST_REDIS_URL")
    return Servers(database, redis) if database and redis else None
