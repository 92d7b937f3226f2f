"""From a purchase to its points: whatever is killed on the way, the points are there, once."""

import http.client
import json
import signal
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from charsu.faultpoints import FAULTPOINTS
from charsu.process import Runtime
from charsu.testing.clients import HostClient
from charsu.testing.processes import Processes

pytestmark = pytest.mark.faults

#: 250,000 Toman by the default rule: every 100,000 Toman 10 points, whole steps only.
AMOUNT_MINOR = 2_500_000
POINTS = 20
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def processes(processes_of: Callable[..., Processes]) -> Processes:
    return processes_of()


@pytest.fixture
def customer_id(api: HostClient) -> str:
    return str(api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"}).json["id"])


@pytest.fixture
def purchase(customer_id: str) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "amount_minor": AMOUNT_MINOR,
        "external_ref": f"receipt-{uuid.uuid4()}",
    }


def post(port: int, api: HostClient, body: dict[str, Any], key: str) -> int | None:
    """Send the purchase over a real connection; None when nobody answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    host = api.base_url.partition("://")[2]
    headers = {**api.headers, "Host": host, "Content-Type": "application/json", "Idempotency-Key": key}
    try:
        connection.request("POST", "/api/v1/crm/purchases", json.dumps(body), headers)
        return connection.getresponse().status
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def assert_points_are_there_once(api: HostClient, customer_id: str) -> None:
    purchases = api.get("/api/v1/crm/purchases").json["items"]
    member = api.get(f"/api/v1/loyalty/members/{customer_id}").json
    entries = api.get(f"/api/v1/loyalty/members/{customer_id}/entries").json["items"]

    assert len(purchases) == 1
    assert member["points_balance"] == POINTS
    assert len(entries) == 1


@pytest.mark.parametrize("fault", ["event.emitted", "event.committed"])
def test_a_web_process_killed_around_the_commit_loses_and_doubles_nothing(
    drain: Callable[[], None],
    api: HostClient,
    processes: Processes,
    customer_id: str,
    purchase: dict[str, Any],
    fault: str,
) -> None:
    drain()
    doomed, port = processes.serve(fault=fault)
    answer = post(port, api, purchase, "key-1")
    assert (answer, doomed.wait(60)) == (None, -signal.SIGKILL), processes.log

    _healthy, port = processes.serve()
    again = [post(port, api, purchase, "key-1") for _ in range(2)]
    processes.start("worker")
    processes.settle()

    assert again == [201, 201]
    assert_points_are_there_once(api, customer_id)


@pytest.mark.parametrize("fault", [name for name in FAULTPOINTS if name.startswith("delivery.")])
def test_a_worker_killed_on_the_way_brings_the_points_once(
    drain: Callable[[], None],
    api: HostClient,
    processes: Processes,
    customer_id: str,
    purchase: dict[str, Any],
    fault: str,
) -> None:
    drain()
    assert api.post("/api/v1/crm/purchases", json=purchase).status_code == 201
    processes.kill_worker_at(fault)

    processes.start("worker")
    processes.settle()

    assert_points_are_there_once(api, customer_id)


def test_points_arrive_though_valkey_forgets_everything(
    runtime: Runtime, api: HostClient, processes: Processes, customer_id: str, purchase: dict[str, Any]
) -> None:
    api.post("/api/v1/crm/purchases", json=purchase)
    runtime.bell.connection.flushall()

    processes.start("worker")
    processes.settle()

    assert_points_are_there_once(api, customer_id)


def test_points_arrive_without_valkey(
    api: HostClient, processes: Processes, customer_id: str, purchase: dict[str, Any]
) -> None:
    processes.start("worker", redis_url=NOWHERE)

    api.post("/api/v1/crm/purchases", json=purchase)
    processes.settle()

    assert_points_are_there_once(api, customer_id)
