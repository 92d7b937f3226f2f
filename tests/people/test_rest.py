import json

import pytest
from tests.people.conftest import PASSWORD

from charsu_tenants.registry import find_by_slug

SIGN_UP = {"business_name": "هل", "slug": "cardamom", "email": "owner@example.com", "password": PASSWORD}
ROOT = "/api/v1/core"


def test_sign_up_by_api_answers_slug_and_url(site, tenant, runtime):
    answer = site.post("/api/v1/signup", json=SIGN_UP)

    assert answer.status_code == 201
    assert answer.json["slug"] == "cardamom"
    assert answer.json["url"] == "http://cardamom.charsu.localhost:8000"
    made = find_by_slug(runtime.database, "cardamom")
    assert made.locale == "fa"
    assert set(made.modules) == {"core", "crm_core"}


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"slug": "saffron"}, 409, "slug"),
        ({"slug": 5}, 422, "slug"),
        ({"slug": "مغازه"}, 422, "slug"),
        ({"email": "x"}, 422, "email"),
        ({"email": "ایمیل@example.com"}, 422, "email"),
        ({"email": None}, 422, "email"),
        ({"password": "short"}, 422, "password"),
        ({"password": "x" * 500}, 422, "password"),
        ({"password": ["a"]}, 422, "password"),
        ({"business_name": ""}, 422, "business_name"),
        ({"business_name": "a\u0000b"}, 422, "business_name"),
        ({"locale": "xx"}, 422, "locale"),
        ({"modules": ["nosuch"]}, 422, "modules"),
        ({"modules": "crm_core"}, 422, "modules"),
        ({"modules": [None]}, 422, "modules"),
        ({"modules": [{"a": 1}]}, 422, "modules"),
        ({"surprise": 1}, 422, "surprise"),
    ],
)
def test_bad_sign_up_is_a_problem_that_names_the_field(site, tenant, runtime, change, status, field):
    answer = site.post("/api/v1/signup", json=SIGN_UP | change)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert field in answer.json["errors"]
    assert find_by_slug(runtime.database, "cardamom") is None


@pytest.mark.parametrize(
    "change",
    [
        {"business_name": " "},
        {"slug": "No Good"},
        {"email": "nonsense"},
        {"email": None},
        {"password": "short"},
        {"modules": ["nosuch"]},
    ],
)
def test_everything_wrong_with_a_sign_up_is_told_at_once(site, tenant, change):
    wrong = {"slug": "saffron", "password": "aaaaaaaaaaaa"} | change

    answer = site.post("/api/v1/signup", json=SIGN_UP | wrong)

    assert answer.status_code == 422
    assert answer.json["errors"].keys() == wrong.keys()


@pytest.mark.parametrize(
    ("locale", "asked", "said"),
    [
        ("en", None, "Use at least 10 characters."),
        ("fa", None, "دست‌کم"),
        (None, None, "دست‌کم"),
        ("xx", None, "دست‌کم"),
        ("en", "fa", "دست‌کم"),
        ("fa", "en-GB,en;q=0.9", "Use at least 10 characters."),
        ("en", "*", "Use at least 10 characters."),
    ],
)
def test_a_sign_up_is_refused_in_the_language_asked_for_else_in_that_of_the_business(
    site, tenant, locale, asked, said
):
    body = SIGN_UP | {"password": "short"} | ({"locale": locale} if locale else {})
    headers = {"Accept-Language": asked} if asked else {}

    answer = site.post("/api/v1/signup", json=body, headers=headers)

    assert said in answer.json["errors"]["password"][0]


def test_the_rule_of_languages_stands_in_the_document(site):
    document = site.get("/api/openapi.json").json

    assert "Accept-Language" in document["info"]["description"]
    assert "Accept-Language" in document["paths"]["/api/v1/signup"]["post"]["description"]


def test_sign_up_password_with_a_lone_surrogate_is_no_500(site, tenant):
    body = json.dumps(SIGN_UP).replace("three unrelated", "\\ud800 three unrelated")

    answer = site.post("/api/v1/signup", data=body, content_type="application/json")

    assert answer.status_code in (400, 422)


def test_sign_up_exists_on_the_bare_host_only(api, tenant):
    assert api.post("/api/v1/signup", json=SIGN_UP).status_code == 404


def test_members_are_listed_page_by_page(api, crew, tenant):
    emails = [crew.join(tenant, "staff") for _ in range(3)]

    first = api.get(f"{ROOT}/members?limit=2").json
    second = api.get(f"{ROOT}/members?limit=2&cursor={first['next_cursor']}").json

    listed = [item["email"] for item in first["items"] + second["items"]]
    assert len(listed) == len(set(listed)) == 4
    assert set(emails) < set(listed)
    assert second["next_cursor"] is None


LISTS = ["members", "roles", "permissions", "invitations", "tokens", "sessions", "modules", "audit"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=bWVtYmVyczp4", "cursor=eA", "limit=0", "limit=x", "q=1"]
)
def test_bad_paging_is_refused(api, tenant, name, query):
    answer = api.get(f"{ROOT}/{name}?{query}")

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("name", LISTS)
def test_lists_page_through_everything_once(api, crew, tenant, name):
    crew.person(tenant)
    seen, cursor = [], None
    for _ in range(100):
        answer = api.get(f"{ROOT}/{name}?limit=1" + (f"&cursor={cursor}" if cursor else "")).json
        seen += [str(item) for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break

    assert seen == [str(item) for item in api.get(f"{ROOT}/{name}?limit=200").json["items"]]


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("get", "members", "core.member.read"),
        ("get", "roles", "core.member.read"),
        ("post", "roles", "core.role.manage"),
        ("post", "invitations", "core.member.manage"),
        ("get", "tokens", "core.token.manage"),
        ("post", "tokens", "core.token.manage"),
        ("get", "sessions", "core.session.manage"),
        ("post", "sessions/closure", "core.session.manage"),
        ("post", "modules/loyalty/activation", "core.module.manage"),
        ("delete", "modules/loyalty/activation", "core.module.manage"),
        ("patch", "settings", "core.settings.manage"),
        ("get", "audit", "core.audit.read"),
    ],
)
def test_each_route_asks_for_its_permission(api_as, anonymous, tenant, digest, method, path, permission):
    api = api_as(["crm.customer.read"])
    before = digest(tenant)

    assert getattr(api, method)(f"{ROOT}/{path}", json={}).status_code == 403
    assert getattr(anonymous, method)(f"{ROOT}/{path}", json={}).status_code == 401
    assert digest(tenant) == before
    assert getattr(api_as([permission]), method)(f"{ROOT}/{path}", json={}).status_code not in (401, 403)


def test_role_of_ones_own_is_made_changed_and_deleted(api, tenant):
    made = api.post(
        f"{ROOT}/roles", json={"key": "cashier", "title": "صندوقدار", "permissions": ["crm.purchase.record"]}
    )
    changed = api.patch(f"{ROOT}/roles/{made.json['id']}", json={"permissions": []})
    again = api.post(f"{ROOT}/roles", json={"key": "cashier", "title": "x", "permissions": []})
    gone = api.delete(f"{ROOT}/roles/{made.json['id']}")

    assert made.status_code == 201
    assert (changed.json["title"], changed.json["permissions"]) == ("صندوقدار", [])
    assert (again.status_code, gone.status_code) == (409, 204)
    assert api.delete(f"{ROOT}/roles/{made.json['id']}").status_code == 404


def test_token_is_shown_once_and_dies_at_once(api, people, tenant):
    made = api.post(f"{ROOT}/tokens", json={"title": "till", "scopes": ["core.member.read"]})
    listed = api.get(f"{ROOT}/tokens").json["items"]
    program = people.anonymous(tenant)
    bearer = {"Authorization": f"Bearer {made.json['secret']}"}

    assert made.status_code == 201
    assert "secret" not in listed[-1]
    assert made.json["secret"].startswith(listed[-1]["prefix"])
    assert program.get(f"{ROOT}/members", headers=bearer).status_code == 200
    assert program.get(f"{ROOT}/tokens", headers=bearer).status_code == 403
    assert api.delete(f"{ROOT}/tokens/{made.json['id']}").status_code == 204
    assert program.get(f"{ROOT}/members", headers=bearer).status_code == 401


def test_secret_of_a_token_is_not_kept_for_a_replay(api, tenant, runtime):
    key = {"Idempotency-Key": "one"}
    first = api.post(f"{ROOT}/tokens", json={"title": "till"}, headers=key)
    again = api.post(f"{ROOT}/tokens", json={"title": "till"}, headers=key)

    assert first.json == again.json | {"secret": first.json["secret"]}
    assert again.headers["Idempotency-Replayed"] == "true"
    with runtime.database.admin() as admin:
        kept = admin.execute(f'SELECT body FROM "{tenant.schema}".core_idempotency').fetchone()["body"]
    assert first.json["secret"].encode() not in bytes(kept)


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"title": "x" * 81},
        {"title": "x", "scopes": []},
        {"title": "x", "scopes": ["nosuch.thing.read"]},
        {"title": "x", "expires_at": "2001-01-01T00:00:00Z"},
        {"title": "x", "expires_at": "soon"},
        {"title": "x", "expires_at": "99999-01-01T00:00:00Z"},
        {},
    ],
)
def test_bad_token_wish_is_refused(api, tenant, body):
    assert api.post(f"{ROOT}/tokens", json=body).status_code == 422


def test_ids_of_another_business_do_not_exist_here(api, crew, tenant, other_tenant, digest):
    stranger = crew.person(other_tenant)
    before = digest(other_tenant)
    with_role = {"json": {"role": "staff"}}

    assert api.patch(f"{ROOT}/members/{stranger.member_id}", **with_role).status_code == 404
    assert api.delete(f"{ROOT}/members/{stranger.member_id}").status_code == 404
    assert api.get(f"{ROOT}/members/{stranger.member_id}").status_code == 404
    assert digest(other_tenant) == before


def test_settings_are_changed_and_shown(api, tenant):
    changed = api.patch(f"{ROOT}/settings", json={"calendar": "gregorian", "timezone": "Europe/Berlin"})

    assert changed.status_code == 200
    assert changed.json["timezone"] == "Europe/Berlin"
    assert api.get(f"{ROOT}/settings").json == changed.json


@pytest.mark.parametrize(
    "body",
    [
        {"timezone": "Mars/Base"},
        {"timezone": "../etc/passwd"},
        {"calendar": "lunar"},
        {"locale": "xx"},
        {"currency": "toman"},
        {"money_display": "dollar"},
        {"name": ""},
        {"slug": "other"},
    ],
)
def test_bad_settings_change_nothing(api, tenant, digest, body):
    before = digest(tenant)

    assert api.patch(f"{ROOT}/settings", json=body).status_code == 422
    assert digest(tenant) == before


def test_module_is_turned_off_and_on(api, tenant):
    assert api.delete(f"{ROOT}/modules/crm_core/activation").status_code == 409
    assert api.delete(f"{ROOT}/modules/loyalty/activation").status_code == 204
    states = {item["name"]: item["is_enabled"] for item in api.get(f"{ROOT}/modules").json["items"]}
    assert states == {"crm_core": True, "loyalty": False}
    assert api.post(f"{ROOT}/modules/loyalty/activation").status_code == 204
    assert api.post(f"{ROOT}/modules/nosuch/activation").status_code == 404
    assert api.delete(f"{ROOT}/modules/nosuch/activation").status_code == 404


def test_own_sessions_are_listed_and_ended(client, crew, tenant):
    listed = client.get(f"{ROOT}/sessions").json["items"]

    assert [item["is_current"] for item in listed] == [True]
    assert client.delete(f"{ROOT}/sessions/{'0' * 32}").status_code == 404
    assert client.post(f"{ROOT}/sessions/closure").json == {"ended_count": 0}
    assert client.delete(f"{ROOT}/sessions/{listed[0]['id']}").status_code == 204
    assert client.get(f"{ROOT}/sessions").status_code == 401


def test_invitation_link_is_in_its_answer_only(api, crew, tenant):
    crew.join(tenant)
    made = api.post(f"{ROOT}/invitations", json={"role": "staff", "email": "new@example.com"})
    listed = api.get(f"{ROOT}/invitations").json["items"]

    assert made.status_code == 201
    assert made.json["url"].startswith("http://saffron.charsu.localhost:8000/join/")
    assert [item["email"] for item in listed] == ["new@example.com"]
    assert "url" not in listed[0]
    assert api.delete(f"{ROOT}/invitations/{made.json['id']}").status_code == 204
    assert api.delete(f"{ROOT}/invitations/{made.json['id']}").status_code == 404


def test_api_routes_are_documented(api, tenant):
    document = api.get("/api/openapi.json").json

    assert f"{ROOT}/members" in document["paths"]
    assert f"{ROOT}/tokens/{{token_id}}" in document["paths"]
