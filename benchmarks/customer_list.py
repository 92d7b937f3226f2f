"""The list of 50 out of 10,000 customers over HTTP, against a bare WSGI function on the same server."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks._database import own_business, own_runtime
from benchmarks._load import Load, request, run_load
from benchmarks.table import Row
from psycopg.conninfo import make_conninfo
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from charsu.db import tenant_work
from charsu.process import Runtime
from charsu.records.access import full_access
from charsu.records.query import parse_query
from charsu.records.statements import list_statement
from charsu.settings import Settings
from charsu.testing.clients import People
from charsu.web.crossing import Crossing
from charsu_crm_core.records import CUSTOMER
from charsu_tenants.context import Tenant
from charsu_tenants.credentials import role_password

CUSTOMERS = 10_000
CLIENTS = 8
ROUNDS = 3
SECONDS = 3.0
JSON_GOAL = 0.5
HTML_GOAL = 0.3
PATH = "/api/v1/crm/customers?limit=50"

_FILL = text("""
    INSERT INTO crm_core_customer
      (kind, full_name, phone, email, tags, tag_keys, note, search_text, created_at)
    SELECT 'person', 'مشتری شمارهٔ ' || n, '+98912' || to_char(n, 'FM0000000'), 'c' || n || '@example.com',
      ARRAY['وفادار', 'تهران'], ARRAY['وفادار', 'تهران'], '', 'مشتری شماره ' || n,
      now() - n * interval '1 minute'
    FROM generate_series(1, :count) n
""")


def run() -> list[Row]:
    """Both servers side by side, loaded in turns."""
    with (
        tempfile.TemporaryDirectory(prefix="charsu-bench-") as folder,
        _filled(Path(folder)) as (runtime, tenant),
    ):
        people = People(runtime, Crossing(runtime))
        owner = people.member(tenant)
        browser = people.browser(owner)
        host = browser.base_url.split("//")[1]
        token = people.program(owner).headers["Authorization"]
        cookie = browser.get_cookie("charsu_session", domain=host.split(":")[0])
        messages = {
            "json": request(PATH, host, f"Authorization: {token}"),
            "html": request(
                "/crm/customers", host, f"Cookie: charsu_session={cookie.value if cookie else ''}"
            ),
            "bare": request(PATH, host),
        }
        with _charsu(runtime.settings) as ours, _bare(runtime, tenant) as bare:
            ports = {"json": ours, "html": ours, "bare": bare}
            _check_equal(ports, messages)
            loads = _loads(ports, messages)
    return [
        _row("JSON list, token and permission checked", loads["json"], loads["bare"], JSON_GOAL),
        _row("HTML list, session and permission checked", loads["html"], loads["bare"], HTML_GOAL),
        Row(
            "latency of the JSON list, 50 % / 99 %",
            f"{loads['json'].p50:.1f} / {loads['json'].p99:.1f} ms",
            f"{loads['bare'].p50:.1f} / {loads['bare'].p99:.1f} ms",
        ),
    ]


def _row(what: str, ours: Load, bare: Load, goal: float) -> Row:
    ratio = ours.rate / bare.rate
    return Row(what, f"{ours.rate:.0f}/s", f"{bare.rate:.0f}/s", ratio, f"at least {goal:.2f}", ratio >= goal)


def _loads(ports: dict[str, int], messages: dict[str, bytes]) -> dict[str, Load]:
    """The best of some rounds of each, taken in turns so that a busy moment hits all alike."""
    runs: dict[str, list[Load]] = {name: [] for name in messages}
    for _ in range(ROUNDS):
        for name, message in messages.items():
            runs[name].append(run_load(ports[name], message, clients=CLIENTS, seconds=SECONDS))
    return {name: _middle(loads) for name, loads in runs.items()}


def _middle(loads: Sequence[Load]) -> Load:
    return sorted(loads, key=lambda load: load.rate)[len(loads) // 2]


def _check_equal(ports: dict[str, int], messages: dict[str, bytes]) -> None:
    ours, bare = (json.loads(_body(ports[name], messages[name]))["items"] for name in ("json", "bare"))
    if ours != bare or len(ours) != 50:
        raise RuntimeError("the two servers do not answer the same")


def _body(port: int, message: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(message.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")[2]


@contextmanager
def _filled(folder: Path) -> Iterator[tuple[Runtime, Tenant]]:
    """A Charsu on servers of its own, with one business that has many customers."""
    with own_runtime(folder) as runtime:
        tenant = own_business(runtime)
        with tenant_work(tenant) as session:
            session.execute(_FILL, {"count": CUSTOMERS})
        with runtime.database.admin() as admin:
            admin.execute("ANALYZE")
        yield runtime, tenant


@contextmanager
def _charsu(settings: Settings) -> Iterator[int]:
    """The web process as `charsu web` starts it."""
    port = _free_port()
    words = [sys.executable, "-m", "charsu", "web", "--port", str(port)]
    with _serving(words, {**os.environ, **settings.to_environ()}, port):
        yield port


@contextmanager
def _bare(runtime: Runtime, tenant: Tenant) -> Iterator[int]:
    """The yardstick on the same server with as many processes and threads."""
    port = _free_port()
    password = role_password(runtime.settings.secret_key, tenant.schema)
    environ = {
        **os.environ,
        "BENCH_DSN": make_conninfo(runtime.settings.database_url, user=tenant.schema, password=password),
        "BENCH_QUERY": json.dumps(_query(tenant)),
    }
    words = [sys.executable, "-m", "granian", "benchmarks._bare_list:application", "--interface", "wsgi"]
    words += [
        "--port",
        str(port),
        "--workers",
        "2",
        "--blocking-threads",
        "4",
        "--no-ws",
        "--log-level",
        "warning",
    ]
    with _serving(words, environ, port):
        yield port


def _query(tenant: Tenant) -> dict[str, object]:
    """The statement of the list as the kit sends it, for one who may see everything."""
    with tenant_work(tenant, read_only=True) as session:
        query = parse_query(CUSTOMER, session, full_access(), MultiDict({"limit": "50"}))
    fields, question = CUSTOMER.all_fields, query.question()
    statement = list_statement(question, fields, query.sort, is_json=True, after="")
    extra = {"custom_of": CUSTOMER.key, "custom_hidden": [], "page_limit": query.limit + 1}
    return {
        "sql": statement.hot.text,
        "values": statement.bound({**question.values(), **extra}),
        "names": ["id", *(item.name for item in fields), "is_sample", "custom"],
    }


@contextmanager
def _serving(words: list[str], environ: dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(words, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(1.0)
            return
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
