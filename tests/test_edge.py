"""The edge: hosts, persons, modules, origins, units of work, headers. On the real application."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.process import Runtime
from charsu.testing.clients import HostClient, People
from charsu.web.access import UndeclaredRoute, check_routes, public, requires
from charsu.web.rendering import safe_path
from charsu_tenants.context import Tenant

Digest = Callable[[Tenant], str]
Work = Callable[..., AbstractContextManager[Session]]
NOTE = {"key": "a", "text": "hello"}


def notes(tenant_work: Work, tenant: Tenant) -> list[str]:
    with tenant_work(tenant, read_only=True) as session:
        return list(session.scalars(text("SELECT key FROM core_setting WHERE key LIKE 'probe.%' ORDER BY 1")))


def test_unknown_host_is_404(probe_people: People) -> None:
    stranger = HostClient(probe_people.application, "http://nobody.charsu.localhost:8000", {})

    assert stranger.get("/").status_code == 404
    assert stranger.get("/api/openapi.json").status_code == 404
    assert "business" in stranger.get("/", headers={"Accept-Language": "en"}).text


def test_forwarded_host_is_not_believed(probe_people: People, tenant: Tenant) -> None:
    stranger = HostClient(probe_people.application, "http://evil.example", {})
    forwarded = {"X-Forwarded-Host": f"{tenant.slug}.charsu.localhost", "X-Forwarded-Proto": "https"}

    assert stranger.get("/probe/open", headers=forwarded).status_code == 404


@pytest.mark.parametrize("host", ["", "a b", "[::", "a\\b", "x" * 400, "saffron.charsu.localhost:x"])
def test_malformed_host_is_a_client_error(probe_people: People, host: str) -> None:
    stranger = HostClient(probe_people.application, "http://evil.example", {"Host": host})

    assert stranger.get("/probe/open").status_code in {400, 404}


def test_suspended_tenant_says_so(
    runtime: Runtime, tenant: Tenant, browser: HostClient, program: HostClient
) -> None:
    with runtime.database.control() as conn:
        conn.execute(
            "UPDATE control.tenant SET status = 'suspended', suspended_at = now() WHERE id = %s", (tenant.id,)
        )

    assert browser.get("/probe/open").status_code == 403
    answer = program.get("/api/v1/probe/notes")
    assert (answer.status_code, answer.json["code"]) == (403, "tenant_suspended")


def test_anonymous_page_leads_to_login_and_back(passer_by: HostClient) -> None:
    answer = passer_by.get("/probe/mine?a=1")

    assert answer.status_code == 303
    assert answer.location == "/login?next=/probe/mine%3Fa%3D1"


def test_anonymous_partial_page_makes_htmx_go_to_login(passer_by: HostClient) -> None:
    answer = passer_by.get("/probe/mine", headers={"HX-Request-Type": "partial"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login")


def test_anonymous_api_call_is_a_401_problem(passer_by: HostClient) -> None:
    answer = passer_by.get("/api/v1/probe/notes")

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_session_and_token_are_known(browser: HostClient, program: HostClient) -> None:
    assert browser.get("/api/v1/probe/me").json["via"] == "session"
    assert program.get("/api/v1/probe/me").json["via"] == "token"


def test_foreign_session_and_token_are_nobody(
    probe_people: People, tenant: Tenant, other_tenant: Tenant
) -> None:
    member = probe_people.member(other_tenant)
    foreign = probe_people.program(member)
    foreign.base_url = probe_people.anonymous(tenant).base_url

    assert foreign.get("/api/v1/probe/me").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer " + "é" * 9])
def test_bad_credentials_are_401(passer_by: HostClient, header: str) -> None:
    assert passer_by.get("/api/v1/probe/me", headers={"Authorization": header}).status_code == 401


def test_missing_permission_is_403(probe_people: People, tenant: Tenant) -> None:
    reader = probe_people.member(tenant, ["probe.note.read"])

    assert probe_people.browser(reader).get("/probe/notes").status_code == 200
    assert probe_people.browser(reader).post("/probe/notes", data=NOTE).status_code == 403
    assert probe_people.program(reader).post("/api/v1/probe/notes", json=NOTE).status_code == 403


def test_token_has_no_more_than_its_scopes(probe_people: People, tenant: Tenant) -> None:
    owner = probe_people.member(tenant)
    narrow = probe_people.program(owner, ["probe.note.read"])

    assert narrow.get("/api/v1/probe/notes").status_code == 200
    assert narrow.post("/api/v1/probe/notes", json=NOTE).status_code == 403


def test_module_that_is_off_is_404(
    probe_people: People, runtime: Runtime, tenant: Tenant, program: HostClient
) -> None:
    set_module(runtime, tenant, "state = 'disabled', disabled_at = now()")

    assert program.get("/api/v1/probe/notes").status_code == 404
    assert "/api/v1/probe/notes" not in program.get("/api/openapi.json").json["paths"]


def test_quarantined_module_is_503(runtime: Runtime, tenant: Tenant, program: HostClient) -> None:
    set_module(runtime, tenant, "quarantined_at = now()")

    answer = program.get("/api/v1/probe/notes")

    assert (answer.status_code, answer.json["code"]) == (503, "module_quarantined")


def test_unpaid_module_is_read_only(
    runtime: Runtime, tenant: Tenant, program: HostClient, tenant_work: Work
) -> None:
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.tenant SET trial_ends_at = now() WHERE id = %s", (tenant.id,))

    assert program.get("/api/v1/probe/notes").status_code == 200
    assert program.post("/api/v1/probe/notes", json=NOTE).status_code == 402
    assert notes(tenant_work, tenant) == []


def set_module(runtime: Runtime, tenant: Tenant, change: str) -> None:
    with runtime.database.control() as conn:
        conn.execute(
            f"UPDATE control.tenant_module SET {change} WHERE tenant_id = %s AND module = 'probe'",
            (tenant.id,),
        )


def test_write_commits_once_at_the_edge(program: HostClient, tenant: Tenant, tenant_work: Work) -> None:
    assert program.post("/api/v1/probe/notes", json=NOTE).status_code == 201
    assert notes(tenant_work, tenant) == ["probe.a"]


def test_refused_write_leaves_nothing(program: HostClient, tenant: Tenant, digest: Digest) -> None:
    program.get("/api/v1/probe/me")
    before = digest(tenant)

    answer = program.post("/api/v1/probe/notes", json={**NOTE, "text": "rule"})

    assert (answer.status_code, answer.json["code"]) == (422, "probe_rule")
    assert answer.json["errors"] == {"text": ["no such text"]}
    assert digest(tenant) == before


def test_get_can_not_write(program: HostClient, tenant: Tenant, tenant_work: Work) -> None:
    assert program.get("/api/v1/probe/write-on-get").status_code == 500
    assert notes(tenant_work, tenant) == []


def test_defect_is_a_polite_500_and_leaves_nothing(
    program: HostClient, tenant: Tenant, tenant_work: Work
) -> None:
    answer = program.post("/api/v1/probe/defect")

    assert answer.status_code == 500
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in answer.text
    assert notes(tenant_work, tenant) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://saffron.charsu.localhost:8000"}, 403),
        ({"Origin": "http://saffron.charsu.localhost:8000"}, 303),
        ({"Origin": "http://pistachio.charsu.localhost:8000"}, 403),
        ({"Origin": "http://saffron.charsu.localhost:9000"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_cookie_write_needs_its_own_origin(
    browser: HostClient, tenant: Tenant, tenant_work: Work, headers: dict[str, str], status: int
) -> None:
    browser.headers = headers

    assert browser.post("/probe/notes", data=NOTE).status_code == status
    assert bool(notes(tenant_work, tenant)) == (status == 303)


def test_login_forms_refuse_foreign_origins(passer_by: HostClient) -> None:
    assert passer_by.post("/probe/open").status_code == 200
    assert passer_by.post("/probe/open", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_bearer_write_needs_no_origin(program: HostClient) -> None:
    answer = program.post("/api/v1/probe/notes", json=NOTE, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 201


def test_session_cookie_beside_a_token_is_not_used(browser: HostClient) -> None:
    answer = browser.get("/api/v1/probe/me", headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 401


def test_answers_carry_the_strict_headers(browser: HostClient) -> None:
    headers = browser.get("/probe/mine").headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store, private"
    assert {"Cookie", "Authorization"} <= {part.strip() for part in headers["Vary"].split(",")}
    assert "session=" not in headers.get("Set-Cookie", "")


def test_site_forms_may_lead_to_a_tenants_host(probe_people: People) -> None:
    policy = probe_people.site().get("/nowhere").headers["Content-Security-Policy"]

    assert "form-action 'self' http://*.charsu.localhost:8000" in policy


def test_flash_is_shown_once(browser: HostClient) -> None:
    answer = browser.post("/probe/notes", data=NOTE)

    assert (answer.status_code, answer.location) == (303, "/probe/notes")
    assert "HttpOnly" in answer.headers["Set-Cookie"]


def test_wrong_method_is_405_and_unknown_path_404(browser: HostClient, program: HostClient) -> None:
    assert browser.delete("/probe/notes").status_code == 405
    assert program.put("/api/v1/probe/notes").status_code == 405
    assert program.get("/api/v1/probe/nothing").status_code == 404
    assert program.options("/api/v1/probe/notes").status_code == 405


def test_undeclared_route_refuses_to_start() -> None:
    app = Flask(__name__)
    app.add_url_rule("/open", view_func=lambda: "", endpoint="forgotten")

    with pytest.raises(UndeclaredRoute, match="forgotten"):
        check_routes(app)


def test_write_under_a_read_permission_refuses_to_start() -> None:
    app = Flask(__name__)
    app.add_url_rule(
        "/x", view_func=requires("a.b.read")(lambda: ""), endpoint="sly", methods=["GET", "POST"]
    )

    with pytest.raises(UndeclaredRoute, match="POST sly"):
        check_routes(app)


def test_undeclared_permission_refuses_to_start() -> None:
    app = Flask(__name__)
    app.add_url_rule("/x", view_func=requires("a.b.raed")(lambda: ""), endpoint="typo")
    app.add_url_rule("/y", view_func=public(lambda: ""), endpoint="fine")

    with pytest.raises(UndeclaredRoute, match="typo"):
        check_routes(app, ["a.b.read"])


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "http://evil.example",
        "javascript:alert(1)",
        "/\tx",
        "/\n/evil.example",
        "evil",
        "",
        None,
        "\\/evil",
        "/ /evil",
        "///evil",
    ],
)
def test_next_leads_nowhere_else(path: str | None) -> None:
    assert safe_path(path) is None


def test_next_keeps_paths_of_this_host() -> None:
    assert safe_path("/crm/customers?q=%D8%B9&x=1") == "/crm/customers?q=%D8%B9&x=1"
