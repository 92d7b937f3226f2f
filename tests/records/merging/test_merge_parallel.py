"""A link that is made at the very moment of a merge leads to the kept record, or is refused."""

import io
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from tests.records.guild import CRAFTSMEN, WORKS

from charsu.db import tenant_work
from charsu.errors import NotFound, RuleViolated
from charsu.records.access import full_access
from charsu.records.attachments import attach
from charsu.records.merging.merge import Merging, merge
from charsu.records.service import service_of

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = current_user"
)


def link_to(session: Any, target: uuid.UUID) -> None:
    service_of(WORKS, session, full_access()).create({"title": "کار", "craftsman_id": target})


def attach_to(session: Any, target: uuid.UUID) -> None:
    attach(session, CRAFTSMEN, full_access(), target, io.BytesIO(b"x"), name="a.txt")


def aside(tenant: Any, work: Callable[[Any], Any]) -> Future[Any]:
    """Do it in a transaction of its own on another connection, meanwhile."""

    def run() -> Any:
        with tenant_work(tenant) as session:
            return work(session)

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


def waits(tenant: Any) -> bool:
    """Whether a transaction of this business comes to wait for a lock."""
    pause = threading.Event()
    for _ in range(100):
        with tenant_work(tenant, read_only=True) as session:
            if session.scalar(WAITING):
                return True
        pause.wait(0.05)
    return False


WRITERS = pytest.mark.parametrize(
    ("write", "pointing"),
    [(link_to, "SELECT craftsman_id FROM guild_work"), (attach_to, "SELECT record_id FROM core_attachment")],
)


@WRITERS
def test_a_merge_waits_for_who_is_linking_and_moves_that_link_too(
    add: Any, tenant: Any, write: Any, pointing: str
) -> None:
    kept, lost = add(full_name="الف"), add(full_name="ب")
    with tenant_work(tenant) as session:
        write(session, lost)
        session.flush()
        merging = aside(
            tenant, lambda other: merge(Merging(tenant, other, CRAFTSMEN, full_access()), kept, lost)
        )
        assert waits(tenant)
    merging.result(20)

    with tenant_work(tenant, read_only=True) as session:
        assert session.scalars(text(pointing)).all() == [kept]


@WRITERS
def test_who_links_while_it_is_merged_is_refused(add: Any, tenant: Any, write: Any, pointing: str) -> None:
    kept, lost = add(full_name="الف"), add(full_name="ب")
    with tenant_work(tenant) as session:
        merge(Merging(tenant, session, CRAFTSMEN, full_access()), kept, lost)
        linking = aside(tenant, lambda other: write(other, lost))
        assert waits(tenant)

    with pytest.raises((RuleViolated, NotFound)):
        linking.result(20)
    with tenant_work(tenant, read_only=True) as session:
        assert session.scalars(text(pointing)).all() == []
