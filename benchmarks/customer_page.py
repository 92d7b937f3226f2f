"""The page of a customer with a long history, among 50,000 customers, against its bare SQL.

Bare SQL are the statements of the page themselves, taken from the wire: the same text, values and formats,
sent by libpq one after the other on a connection of the same role, the rows received and not looked at. The
admission, which is the door's and not the page's, is not among them. Ours is the page for a person who is
signed in: session, permission, questions, hooks of all modules in their threads, HTML.
"""

import datetime as dt
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from benchmarks._crm import Filled, filled_crm
from benchmarks._turns import measured
from benchmarks._wire import Replay, Sent, tapped
from benchmarks.table import Row

from charsu.jobs.draining import drain_until_quiet
from charsu.process import set_runtime
from charsu.runtime import start_runtime
from charsu.testing.clients import Member, People
from charsu.web.crossing import Crossing

#: Statements of the page, the admission among them, whatever the history.
MOST = 10
#: psycopg keeps a statement from its fifth execution on.
_WARM = 12
_PURCHASES, _INTERACTIONS, _DEALS, _TASKS = 40, 60, 8, 30
_NOW = dt.datetime.now(dt.UTC)


def run() -> list[Row]:
    """Statements counted and taken on the wire, then the page and they in turns."""
    with filled_crm() as filled:
        owner = filled.people.member(filled.tenant)
        path = f"/crm/customers/{_make_customer(filled, owner)}"
        sent = _taken(filled, owner, path)
        bare = [one for one in sent if one.role == filled.tenant.schema]
        browser = filled.people.browser(owner)
        with psycopg.connect(filled.dsn, autocommit=True) as connection:
            replay = Replay(connection, bare)

            def page() -> None:
                answer = browser.get(path)
                if answer.status_code != 200 or answer.text.count("<li") < 40:
                    raise RuntimeError(answer.text[:2000])

            page()
            replay.run()
            rows = [measured(f"customer page, {len(bare)} statements and the admission", page, replay.run)]
            rows.append(_cpu(page))
    return [*rows, Row("its statements", str(len(sent)), "", None, f"at most {MOST}", len(sent) <= MOST)]


def _cpu(page: Any) -> Row:
    """Processor time, which a busy machine does not change much; that of PostgreSQL is not in it."""
    began = time.process_time()
    for _ in range(20):
        page()
    return Row("customer page, CPU of Python", f"{(time.process_time() - began) * 50:.1f} ms")


def _taken(filled: Filled, owner: Member, path: str) -> list[Sent]:
    """What one request for the page executes, from a process that has answered it before."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tapped(filled.runtime.settings.database_url, Path(folder)) as wire,
    ):
        runtime = start_runtime(replace(filled.runtime.settings, database_url=wire.url))
        try:
            browser = People(runtime, Crossing(runtime)).browser(owner)
            for _ in range(_WARM):
                browser.get(path)
            wire.listen()
            browser.get(path)
            sent = wire.taken()
        finally:
            runtime.database.close()
            set_runtime(filled.runtime)
    for text, count in Counter(one.text for one in sent).items():
        if count > 1:
            print(f"  {count} times: {text.decode()[:200]}")
    return sent


def _make_customer(filled: Filled, owner: Member) -> str:
    """A good customer through the API, as a business would have made her: with audit, events and points."""
    api = filled.people.program(owner)

    def add(noun: str, **values: Any) -> str:
        answer = api.post(f"/api/v1/crm/{noun}", json=values)
        if answer.status_code != 201:
            raise RuntimeError(answer.text)
        return str(answer.get_json()["id"])

    about = {"phone": "09121112233", "birthday_on": "1986-07-01", "tags": ["وفادار"], "note": "سایز ۴۲"}
    customer = add("customers", full_name="مریم احمدی", owner_id=str(owner.member_id), **about)
    whose = {"customer_id": customer}
    company = add("customers", full_name="پخش البرز", kind="company")
    add("affiliations", person_id=customer, company_id=company, role="خریدار")
    for n in range(_PURCHASES):
        add("purchases", **whose, amount_minor=1_000_000 * (1 + n % 9), occurred_at=_ago(n * 20 + 1))
    for n in range(_INTERACTIONS):
        add("interactions", **whose, kind="call", text=f"گفت‌وگوی {n}", happened_at=_ago(_INTERACTIONS - n))
    for n in range(_DEALS):
        add("deals", **whose, title=f"سفارش {n}", amount_minor=5_000_000)
    for n in range(_TASKS):
        add("tasks", **whose, title=f"کار {n}", due_at=_ago(n * 3 - 30))
    for n in range(10):
        api.patch(f"/api/v1/crm/customers/{customer}", json={"note": f"یادداشت {n}"})
    drain_until_quiet(filled.runtime)
    filled.analyse()
    return customer


def _ago(days: int) -> str:
    return (_NOW - dt.timedelta(days=days)).isoformat()
