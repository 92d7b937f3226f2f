"""The promises of the API: its document, problems, paging, idempotency and limits."""

import base64
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.api.limits import RequestMeter
from charsu.errors import TooManyRequests
from charsu.jobs.bell import Bell
from charsu.process import Runtime
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

NOTES = "/api/v1/probe/notes"
Work = Callable[..., AbstractContextManager[Session]]
METHODS = {"get", "post", "put", "patch", "delete"}


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_document_is_valid_openapi_and_names_every_module(program: HostClient) -> None:
    document = program.get("/api/openapi.json").json

    validate(document)
    paths = set(document["paths"])
    assert {NOTES, "/api/v1/crm/customers", "/api/v1/crm/customers/{record_id}"} <= paths
    assert all("urn" not in path for path in paths)


def test_document_of_the_site_is_valid(probe_people: People) -> None:
    document = probe_people.site().get("/api/openapi.json").json

    validate(document)
    assert "/api/v1/signup" in document["paths"]


def test_every_operation_says_what_it_does_and_how_it_fails(program: HostClient) -> None:
    for path, method, operation in operations(program.get("/api/openapi.json").json):
        assert operation.get("summary"), f"{method} {path} has no summary"
        assert "default" in operation["responses"], f"{method} {path} documents no problem"


def test_every_list_pages_by_limit_and_cursor(program: HostClient) -> None:
    document = program.get("/api/openapi.json").json
    for path, method, operation in operations(document):
        content = operation["responses"].get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        if method == "get" and schema.endswith("Page"):
            names = {
                parameter["name"] for parameter in operation.get("parameters", ()) if "name" in parameter
            }
            assert {"limit", "cursor"} <= names, f"{path} is a list without limit and cursor"


def test_document_page_loads_nothing_from_elsewhere(program: HostClient) -> None:
    page = program.get("/api/docs")

    assert page.status_code == 200
    assert "http" not in page.text.replace("http-equiv", "")
    assert "<script>" not in page.text


def test_problem_has_the_fields_of_rfc_9457(program: HostClient) -> None:
    answer = program.post(NOTES, json={"key": 1, "what": 2})

    assert answer.mimetype == "application/problem+json"
    body = answer.json
    assert (body["status"], body["title"]) == (422, "Unprocessable Entity")
    assert body["type"] == "urn:charsu:problem:invalid_input"
    assert set(body["errors"]) == {"key", "text", "what"}
    # Of its own or marshmallow's words, one or many: a client finds a list of texts.
    assert all(isinstance(told, list) and isinstance(told[0], str) for told in body["errors"].values())
    assert body["request_id"] == answer.headers["X-Request-Id"]


def fill(tenant_work: Work, tenant: Tenant, count: int) -> None:
    keys = text("INSERT INTO core_setting SELECT 'probe.' || n, '1' FROM generate_series(101, 100 + :n) n")
    with tenant_work(tenant) as session:
        session.execute(keys, {"n": count})


def test_pages_hold_every_row_once(program: HostClient, tenant: Tenant, tenant_work: Work) -> None:
    fill(tenant_work, tenant, 23)

    seen, cursor = [], ""
    while cursor is not None:
        page = program.get(NOTES, query_string={"limit": 5, **({"cursor": cursor} if cursor else {})}).json
        seen += [item["key"] for item in page["items"]]
        cursor = page["next_cursor"]

    probes = [key for key in seen if key.startswith("probe.")]
    assert len(probes) == 23
    assert seen == sorted(set(seen))


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1e3", "9" * 40, "", "NaN", "5.5"])
def test_bad_limit_is_422(program: HostClient, limit: str) -> None:
    answer = program.get(NOTES, query_string={"limit": limit})

    assert answer.status_code == 422
    assert "limit" in answer.json["errors"]


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "ü",
        "a" * 501,
        cursor_of("text"),
        cursor_of([]),
        cursor_of(["key+asc"]),
        cursor_of(["key+asc", 1]),
        cursor_of(["key+asc", None]),
        cursor_of(["key+asc", "a\x00b"]),
        cursor_of(["key+asc", "a", "b"]),
        cursor_of(["key+desc", "a"]),
        cursor_of({"key": "a"}),
    ],
)
def test_bad_cursor_is_422(program: HostClient, cursor: str) -> None:
    answer = program.get(NOTES, query_string={"cursor": cursor})

    assert answer.status_code == 422
    assert "cursor" in answer.json["errors"]


def test_unknown_query_parameter_is_422(program: HostClient) -> None:
    assert program.get(NOTES, query_string={"sort": "name"}).status_code == 422


def send(program: HostClient, key: str, value: str = "hello") -> Any:
    return program.post(NOTES, json={"key": value, "text": value}, headers={"Idempotency-Key": key})


def rows(tenant_work: Work, tenant: Tenant, what: str) -> int:
    with tenant_work(tenant, read_only=True) as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {what}")) or 0)


def test_same_key_is_one_write_and_one_answer(program: HostClient, tenant: Tenant, tenant_work: Work) -> None:
    first, second = send(program, "k1"), send(program, "k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.data, first.mimetype) == (second.data, second.mimetype)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert rows(tenant_work, tenant, "core_idempotency") == 1


def test_same_key_for_another_request_is_422(program: HostClient, tenant: Tenant, tenant_work: Work) -> None:
    send(program, "k1", "one")

    answer = send(program, "k1", "two")

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert rows(tenant_work, tenant, "core_setting WHERE key = 'probe.two'") == 0


def test_key_of_another_caller_is_another_key(
    probe_people: People, tenant: Tenant, tenant_work: Work, program: HostClient
) -> None:
    other = probe_people.program(probe_people.member(tenant))

    send(program, "k1", "one")

    assert send(other, "k1", "two").status_code == 201


def test_key_of_a_refused_write_may_be_used_again(program: HostClient) -> None:
    assert send(program, "k1", "rule").status_code == 422
    assert send(program, "k1", "fine").status_code == 201


@pytest.mark.parametrize("key", ["a b", "x" * 256, "ключ", "\t"])
def test_malformed_key_is_400(program: HostClient, key: str) -> None:
    answer = program.post(
        NOTES, json={"key": "a", "text": "b"}, environ_overrides={"HTTP_IDEMPOTENCY_KEY": key}
    )

    assert answer.status_code == 400


def test_parallel_writes_with_one_key_happen_once(
    program: HostClient, tenant: Tenant, tenant_work: Work
) -> None:
    start = threading.Barrier(6)
    statuses: list[int] = []

    def work() -> None:
        sender = HostClient(program.application, program.base_url, program.headers)
        start.wait()
        statuses.append(send(sender, "k1").status_code)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [201] * 6
    assert rows(tenant_work, tenant, "core_idempotency") == 1


def test_answers_tell_what_is_left_of_the_limit(program: HostClient) -> None:
    first = int(program.get(NOTES).headers["RateLimit-Remaining"])

    assert int(program.get(NOTES).headers["RateLimit-Remaining"]) == first - 1


def test_processes_share_the_limit(runtime: Runtime) -> None:
    one = RequestMeter(runtime.bell.connection, limit=20, step=5, now=lambda: 1_000_000.0)
    two = RequestMeter(runtime.bell.connection, limit=20, step=5, now=lambda: 1_000_000.0)

    for _ in range(10):
        one.hit("token:shared")
        two.hit("token:shared")

    with pytest.raises(TooManyRequests):
        hit_often(one, 10)


def hit_often(meter: RequestMeter, count: int) -> None:
    for _ in range(count):
        meter.hit("token:shared")


def test_limit_fails_open_when_valkey_is_away() -> None:
    meter = RequestMeter(
        Bell("redis://127.0.0.1:1/0").connection, limit=1000, step=2, now=lambda: 1_000_000.0
    )

    assert [meter.hit("token:x") for _ in range(10)] == list(range(999, 989, -1))
