"""`charsu doctor`: asks after everything Charsu stands on and does not stop at the first fault."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, LiteralString

import psycopg
import redis
from sqlalchemy.exc import SQLAlchemyError

from charsu import clock
from charsu.process import Runtime
from charsu.server.assets import missing_assets
from charsu.server.placement import homes_left_behind
from charsu_tenants.bootstrap import control_revision
from charsu_tenants.database import Connection
from charsu_tenants.lineages import control_lineage, lineages_of
from charsu_tenants.work import find_work

State = Literal["ok", "warning", "fault"]
WANTED_POSTGRES = 180004
SKEW_SECONDS = 2.0
SILENT_SECONDS = 60
LOW_DISK_BYTES = 1_000_000_000
KNOWN_VARIABLES = frozenset(
    {
        "CHARSU_BASE_URL",
        "CHARSU_DATABASE_URL",
        "CHARSU_DATA_DIR",
        "CHARSU_REDIS_URL",
        "CHARSU_SECRET_KEY",
        "CHARSU_SMTP_URL",
        "CHARSU_STRIPE_API_BASE",
        "CHARSU_STRIPE_API_KEY",
        "CHARSU_STRIPE_WEBHOOK_SECRET",
    }
)


@dataclass(frozen=True)
class Finding:
    """What one question found; a `fault` keeps Charsu from working, a `warning` will one day."""

    name: str
    state: State
    detail: str


def examine(runtime: Runtime, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Every finding in a fixed order; a question that fails is a fault of its own."""
    yield from _variables(environ)
    yield _mode_of_secret(runtime)
    yield _disk(runtime.settings.data_dir)
    questions: tuple[tuple[str, Callable[[Runtime], Finding]], ...] = (
        ("database", _database),
        ("roles", _roles),
        ("migrations", _migrations),
        ("tenants behind", _tenants_behind),
        ("database clock", _database_clock),
        ("Valkey", _valkey),
        ("processes", _processes),
        ("dead jobs", _dead_jobs),
        ("plugins", _plugins),
        ("mail", _mail),
    )
    for name, question in questions:
        yield _ask(name, question, runtime)
    yield _assets()
    yield from _left_behind()


def _ask(name: str, question: Callable[[Runtime], Finding], runtime: Runtime) -> Finding:
    try:
        return question(runtime)
    except (psycopg.Error, SQLAlchemyError, redis.RedisError, OSError, LookupError) as error:
        return Finding(name, "fault", (str(error).strip() or type(error).__name__).splitlines()[0])


def _variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    unknown = sorted(name for name in environ if name.startswith("CHARSU_") and name not in KNOWN_VARIABLES)
    if unknown:
        yield Finding("settings", "warning", f"no such setting: {', '.join(unknown)}")
    else:
        yield Finding("settings", "ok", "every variable is known and valid")


def _mode_of_secret(runtime: Runtime) -> Finding:
    path = runtime.settings.data_dir / "secret.key"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding("secret key", "fault", f"{path} can be read by others: chmod 600")
    return Finding("secret key", "ok", "kept in the data folder" if path.exists() else "from the environment")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    state: State = "ok" if free > LOW_DISK_BYTES else "warning"
    return Finding("disk", state, f"{free / 1e9:.1f} GB free in {folder}")


def _one(connection: Connection, query: LiteralString, *values: object) -> Mapping[str, Any]:
    return connection.execute(query, values).fetchone() or {}


def _database(runtime: Runtime) -> Finding:
    with runtime.database.admin() as admin:
        row = _one(admin, "SELECT current_setting('server_version_num')::int AS number, version() AS text")
    number, text = row["number"], " ".join(row["text"].split()[:2])
    if number < WANTED_POSTGRES:
        return Finding(
            "database", "warning", f"{text}: 18.4 or newer is wanted, earlier ones have known faults"
        )
    return Finding("database", "ok", text)


def _roles(runtime: Runtime) -> Finding:
    wanted = {runtime.database.owner_role: False, runtime.database.control_role: True}
    with runtime.database.admin() as admin:
        rows = admin.execute(
            "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname = ANY(%s)", [list(wanted)]
        ).fetchall()
    found = {row["rolname"]: row for row in rows}
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        return Finding("roles", "fault", f"missing: {', '.join(missing)}; run `charsu migrate`")
    wrong = [
        role
        for role, login in wanted.items()
        if found[role]["rolcanlogin"] != login or found[role]["rolsuper"]
    ]
    if wrong:
        return Finding("roles", "fault", f"wrong attributes: {', '.join(wrong)}; run `charsu migrate`")
    return Finding("roles", "ok", ", ".join(wanted))


def _migrations(runtime: Runtime) -> Finding:
    found, head = control_revision(runtime.database), control_lineage().head
    if found != head:
        return Finding(
            "migrations", "fault", f"control plane at {found}, code at {head}; run `charsu migrate`"
        )
    return Finding("migrations", "ok", f"control plane at {head}")


def _tenants_behind(runtime: Runtime) -> Finding:
    packages = {plugin.name: plugin.package for plugin in runtime.plugins.loaded}
    behind = find_work(runtime.database, lineages_of(packages))
    if behind:
        modules = ", ".join(sorted({work.module for work in behind}))
        number = len({work.tenant_id for work in behind})
        return Finding("tenants behind", "fault", f"{number} ({modules}); run `charsu migrate`")
    return Finding("tenants behind", "ok", "none")


def _database_clock(runtime: Runtime) -> Finding:
    with runtime.database.admin() as admin:
        before = clock.now()
        row = _one(admin, "SELECT clock_timestamp() AS now")
    return _skew("database clock", abs((row["now"] - before).total_seconds()))


def _skew(name: str, seconds: float) -> Finding:
    state: State = "ok" if seconds < SKEW_SECONDS else "fault"
    return Finding(name, state, f"{seconds:.1f} s apart from this machine's")


def _valkey(runtime: Runtime) -> Finding:
    client = redis.Redis.from_url(runtime.settings.redis_url, socket_timeout=2.0, socket_connect_timeout=2.0)
    try:
        server = client.info("server")
        seconds, micros = client.time()
    finally:
        client.close()
    there = datetime.fromtimestamp(seconds + micros / 1e6, UTC)
    skew = abs((clock.now() - there).total_seconds())
    if skew >= SKEW_SECONDS:
        return _skew("Valkey", skew)
    version = server.get("valkey_version") or server.get("redis_version")
    return Finding("Valkey", "ok", f"{server.get('server_name', 'redis')} {version}")


def _processes(runtime: Runtime) -> Finding:
    with runtime.database.control_autocommit() as connection:
        row = _one(
            connection,
            "SELECT count(*) FILTER (WHERE process LIKE 'worker:%%') AS workers,"
            " count(*) FILTER (WHERE process LIKE 'scheduler:%%') AS schedulers"
            " FROM control.heartbeat WHERE at > now() - make_interval(secs => %s)",
            SILENT_SECONDS,
        )
    state: State = "ok" if row["workers"] and row["schedulers"] else "warning"
    return Finding("processes", state, f"alive: {row['workers']} workers, {row['schedulers']} schedulers")


def _dead_jobs(runtime: Runtime) -> Finding:
    with runtime.database.control_autocommit() as connection:
        row = _one(connection, "SELECT count(*) AS number FROM bus.delivery WHERE state = 'dead'")
    if row["number"]:
        return Finding("dead jobs", "warning", f"{row['number']} gave up; see `charsu jobs dead`")
    return Finding("dead jobs", "ok", "none")


def _plugins(runtime: Runtime) -> Finding:
    broken, loaded = runtime.plugins.quarantined, runtime.plugins.loaded
    if broken:
        return Finding("plugins", "warning", "; ".join(f"{item.name}: {item.reason}" for item in broken))
    unset = [f"settings of {item.name}: {item.settings_fault}" for item in loaded if item.settings_fault]
    if unset:
        return Finding("plugins", "warning", "; ".join(unset))
    return Finding("plugins", "ok", ", ".join(plugin.name for plugin in loaded) or "none")


def _mail(runtime: Runtime) -> Finding:
    settings = runtime.settings
    if settings.smtp_url:
        return Finding("mail", "ok", "sent by SMTP")
    if settings.is_local:
        return Finding("mail", "ok", f"kept on {settings.base_url}/dev/mailbox")
    return Finding("mail", "fault", "CHARSU_SMTP_URL is not set: no invitation and no password reset is sent")


def _assets() -> Finding:
    missing = missing_assets()
    if missing:
        return Finding("assets", "fault", f"{len(missing)} missing ({missing[0]}, …); run `make assets`")
    return Finding("assets", "ok", "all there")


def _left_behind() -> Iterator[Finding]:
    homes = homes_left_behind()
    if homes:
        detail = f"{len(homes)} of data folders that are gone, such as {homes[0]}; remove what nobody needs"
        yield Finding("old clusters", "warning", detail)
