"""A worker may die anywhere in a bulk edit: it goes on where it was, and no record is changed twice."""

from pathlib import Path

import pytest
from sqlalchemy import text

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "examples" / "visits", ROOT / "tests" / "kit_plugins" / "garden")
API = "/api/v1/garden/plants"
COUNT = 250


def test_a_bulk_edit_survives_workers_that_die(api, tenant, tenant_work, processes_of):
    rows = "INSERT INTO garden_plant (title, search_text) SELECT n, n FROM generate_series(1, :count) n"
    with tenant_work(tenant) as session:
        session.execute(text(rows), {"count": COUNT})
    processes = processes_of(*FOLDERS)
    started = api.post(
        f"{API}/bulk", json={"query": {"where": ["created_at:filled:"]}, "values": {"stage": "tree"}}
    ).json

    for fault in ("bulk.changed", "bulk.noted", "delivery.committed"):
        processes.kill_worker_at(fault)
    processes.start("worker")
    processes.settle()

    done = api.get(f"{API}/bulk/{started['id']}").json
    assert (done["state"], done["done_count"], done["refused_count"]) == ("done", COUNT, 0)
    with tenant_work(tenant) as session:
        changes = "SELECT count(*), count(DISTINCT record_id) FROM core_change WHERE source = 'bulk'"
        assert tuple(session.execute(text(changes)).one()) == (COUNT, COUNT)
