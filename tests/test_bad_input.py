"""Bad input: every route of the API, found in its own document, answers it with a 4xx and changes no row."""

import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from charsu.testing.clients import HostClient
from charsu_tenants.context import Tenant

Digest = Callable[[Tenant], str]
NOTES = "/api/v1/probe/notes"
NOTE = b'{"key": "a", "text": "b"}'
WRITES = ("post", "put", "patch", "delete")
#: Fits no field of any schema.
NEVER = [{}, {"$gt": ""}, [[]], [{}], "a\x00b", 1e308, -(2**70), 2**63, "a" * 20_000]
#: May fit a field; must not hurt in any case.
PERHAPS = (
    *(None, True, 0, -1, 1.5, "", " ", "ي۱۲۳", "\u202ex", "<b>"),
    *("{{7*7}}", "'; --", "1e5", "=1+1", "\u2028", "é" * 90),
)
QUERIES = (
    *("", " ", "-1", "1.5", "NaN", "a\x00b", "9" * 400, "a" * 9_000),
    *("2026-13-45", "\ufffe", "ي۱۲۳", "%"),
)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b"\xff\xfe",
        b'{"key": NaN, "text": "b"}',
        b'{"key": "a", "text": Infinity}',
        b'{"key": "a", "text": "\\ud800"}',
        b'{"key": "a", "text": "b", }',
        b'{"key": "a", "text": "b"} x',
        b"{'key': 'a', 'text': 'b'}",
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 30 + b"1" + b"}" * 30,
        b'{"key": "a", "text": ' + b"[" * 25 + b"]" * 25 + b"}",
        b'{"key": "a", "text": ' + b"9" * 5_000 + b"}",
        b"",
    ],
)
def test_bad_body_is_a_client_error(program: HostClient, tenant: Tenant, digest: Digest, body: bytes) -> None:
    program.get("/api/v1/probe/me")
    before = digest(tenant)

    answer = program.post(NOTES, data=body, content_type="application/json")

    assert 400 <= answer.status_code < 500
    assert answer.mimetype == "application/problem+json"
    assert digest(tenant) == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "x"]
)
def test_other_content_types_are_415(program: HostClient, kind: str) -> None:
    assert program.post(NOTES, data=NOTE, content_type=kind).status_code == 415


def test_json_with_a_charset_or_suffix_is_json(program: HostClient) -> None:
    for kind in ("application/json; charset=utf-8", "application/problem+json"):
        assert program.post(NOTES, data=NOTE, content_type=kind).status_code == 201


def test_body_over_a_mebibyte_is_413(program: HostClient) -> None:
    answer = program.post(NOTES, data=b" " * (1024 * 1024 + 1), content_type="application/json")

    assert answer.status_code == 413


def test_chunked_body_over_a_mebibyte_is_413(program: HostClient) -> None:
    answer = program.post(
        NOTES,
        input_stream=io.BytesIO(b" " * (1024 * 1024 + 1)),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("form", [False, True])
def test_body_shorter_than_announced_is_400_and_stores_nothing(
    program: HostClient, browser: HostClient, tenant: Tenant, digest: Digest, form: bool
) -> None:
    program.get("/api/v1/probe/me")
    before = digest(tenant)

    broken_off = {"CONTENT_LENGTH": "100", "wsgi.input_terminated": True}
    if form:
        answer = browser.post("/probe/notes", data={"key": "a", "text": "b"}, environ_overrides=broken_off)
    else:
        answer = program.post(NOTES, data=NOTE, content_type="application/json", environ_overrides=broken_off)

    assert answer.status_code == 400
    assert digest(tenant) == before


def test_form_of_too_many_fields_is_413_or_422(browser: HostClient) -> None:
    answer = browser.post("/probe/notes", data={f"f{n}": "x" for n in range(5_000)})

    assert answer.status_code in {413, 422}


def test_careless_handler_does_not_make_a_500_of_bad_text(program: HostClient) -> None:
    assert program.post("/api/v1/probe/raw", json={"text": "a\x00b"}).status_code == 422


@pytest.mark.parametrize("path", ["%00", "%ED%A0%80", "%FF", "..%2f..%2fetc", "a" * 5_000, "%E2%80%AE"])
def test_bad_paths_are_404(program: HostClient, browser: HostClient, path: str) -> None:
    assert program.get(f"/api/v1/crm/customers/{path}").status_code == 404
    assert browser.get(f"/{path}").status_code == 404


@pytest.mark.parametrize(
    "header", ["Cookie", "Authorization", "Accept-Language", "HX-Request-Type", "Origin"]
)
@pytest.mark.parametrize(
    "value", ["\xff\xfe", "a" * 9_000, "=;=;", "charsu_session=%00; charsu_flash=x.y", ", ;q=x"]
)
def test_bad_headers_hurt_nobody(passer_by: HostClient, header: str, value: str) -> None:
    assert passer_by.get("/probe/open", headers={header: value}).status_code == 200
    assert passer_by.get("/probe/mine", headers={header: value}).status_code in {303, 401}


class Sample:
    """Some of the values, others at each turn, so that every field and every value has its turns."""

    def __init__(self, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._turns = itertools.count()

    def __call__(self, values: Sequence[Any], count: int = 4) -> Sequence[Any]:
        if self._is_whole:
            return values
        # Steps that share no divisor with the count of values come to all of them.
        start = next(self._turns) * 5
        return [values[(start + number) % len(values)] for number in range(count)]


@pytest.fixture(
    params=[
        pytest.param(False, id="some values of each"),
        pytest.param(True, id="every value of each", marks=pytest.mark.proof),
    ]
)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Each field is tried with some values by `make test`, and with every one by `make proof`."""
    return Sample(request.param)


class Fuzz:
    """Every operation of the document, with ids of records that exist and bodies that would do."""

    def __init__(self, program: HostClient) -> None:
        self.program = program
        self.document = program.get("/api/openapi.json").json
        customer = self.send("POST", "/api/v1/crm/customers", {"full_name": "زهرا محمدی"})
        purchase = self.send("POST", "/api/v1/crm/purchases", self._purchase(customer["id"]))
        self.known = {"customer_id": customer["id"], "purchase_id": purchase["id"]}

    def send(self, method: str, path: str, body: Any) -> Any:
        answer = self.program.open(path, method=method, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json

    def operations(self, *methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, item in self.document["paths"].items():
            if path.startswith("/api/v1/probe/") and path != NOTES:
                continue
            for method in (one for one in methods if one in item):
                yield method, path, item[method]

    def address(self, path: str) -> str:
        for name, value in self.known.items():
            path = path.replace(f"{{{name}}}", value)
        return path.replace("{", "").replace("}", "")

    def fields(self, operation: dict[str, Any]) -> dict[str, Any]:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return {}
        schema = self.document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        return dict(schema["properties"])

    def good_body(self, operation: dict[str, Any]) -> dict[str, Any]:
        samples = {
            "full_name": "علی",
            "key": "a",
            "text": "b",
            "customer_id": self.known["customer_id"],
            "amount_minor": 1000,
            "currency": "IRR",
            "points": 1,
            "reason": "هدیه",
        }
        return {name: samples[name] for name in self.fields(operation) if name in samples}

    def _purchase(self, customer_id: str) -> dict[str, Any]:
        return {"customer_id": customer_id, "amount_minor": 1_000_000, "currency": "IRR"}


@pytest.fixture
def fuzz(program: HostClient, drain: Callable[[], Any]) -> Fuzz:
    found = Fuzz(program)
    drain()
    return found


def told(answer: TestResponse) -> str:
    return f"{answer.request.method} {answer.request.path}: {answer.status_code} {answer.text[:300]}"


def test_no_field_takes_what_it_can_not_hold(
    fuzz: Fuzz, tenant: Tenant, digest: Digest, sample: Sample
) -> None:
    before, count = digest(tenant), 0
    for method, path, operation in fuzz.operations(*WRITES):
        for field in fuzz.fields(operation):
            for value in sample(NEVER):
                if field in {"custom", "values"} and value == {}:
                    continue  # No own fields, no settings to change: that is what they can hold.
                body = {**fuzz.good_body(operation), field: value}
                answer = fuzz.program.open(fuzz.address(path), method=method.upper(), json=body)
                assert 400 <= answer.status_code < 500, f"{field}={str(value)[:40]!r} {told(answer)}"
                count += 1

    assert count > 200
    assert digest(tenant) == before


def test_no_value_makes_a_500(fuzz: Fuzz, sample: Sample) -> None:
    count = 0
    for method, path, operation in fuzz.operations(*WRITES):
        for field in fuzz.fields(operation):
            for value in sample(PERHAPS):
                body = {**fuzz.good_body(operation), field: value}
                answer = fuzz.program.open(fuzz.address(path), method=method.upper(), json=body)
                assert answer.status_code < 500, f"{field}={value!r} {told(answer)}"
                count += 1

    assert count > 200


def test_unknown_fields_are_refused_everywhere(fuzz: Fuzz, tenant: Tenant, digest: Digest) -> None:
    before = digest(tenant)
    for method, path, operation in fuzz.operations(*WRITES):
        if not fuzz.fields(operation):
            continue
        for name in ("id", "tenant_id", "created_at", "is_admin", "balance", "_method", "__proto__"):
            if name in fuzz.fields(operation):
                continue
            body = {**fuzz.good_body(operation), name: str(uuid4())}
            answer = fuzz.program.open(fuzz.address(path), method=method.upper(), json=body)
            assert answer.status_code in {401, 403, 404, 422}, told(answer)

    assert digest(tenant) == before


def test_missing_bodies_are_refused(fuzz: Fuzz, tenant: Tenant, digest: Digest) -> None:
    before = digest(tenant)
    for method, path, operation in fuzz.operations("post"):
        if fuzz.fields(operation) and operation["requestBody"].get("required"):
            answer = fuzz.program.open(fuzz.address(path), method=method.upper(), data=b"[1]")
            assert 400 <= answer.status_code < 500, told(answer)

    assert digest(tenant) == before


def test_no_query_makes_a_500(fuzz: Fuzz, sample: Sample) -> None:
    count = 0
    for _method, path, operation in fuzz.operations("get"):
        names = [one["name"] for one in operation.get("parameters", ()) if one.get("in") == "query"]
        for name in [*names, "unknown"]:
            for value in sample(QUERIES):
                answer = fuzz.program.get(fuzz.address(path), query_string={name: value})
                assert answer.status_code < 500, f"{name}={value[:40]!r} {told(answer)}"
                count += 1

    assert count > 200


@pytest.mark.parametrize(
    "value", ["x", "-1", "0", "all", "%00", "null", "1" * 32, "%7B%7D", "9b1c6a52f0d34c0ea17f3c5d2e8b4a60"]
)
def test_malformed_ids_are_404_everywhere(fuzz: Fuzz, tenant: Tenant, digest: Digest, value: str) -> None:
    before, count = digest(tenant), 0
    for method, path, operation in fuzz.operations("get", *WRITES):
        if "{" not in path:
            continue
        head, _, rest = path.partition("{")
        address = head + value + rest.partition("}")[2]
        answer = fuzz.program.open(address, method=method.upper(), json=fuzz.good_body(operation) or None)
        assert answer.status_code in {404, 422}, told(answer)
        count += 1

    assert count > 5
    assert digest(tenant) == before
