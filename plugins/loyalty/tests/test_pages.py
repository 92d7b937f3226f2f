"""The club's pages: the rule as a sentence, the ledger, redeeming in two steps, pieces of other pages."""

import re
import uuid
from typing import Any

import pytest
from sqlalchemy import text


@pytest.fixture
def known(api: Any) -> str:
    return str(api.post("/api/v1/crm/customers", json={"full_name": "مریم احمدی"}).json["id"])


@pytest.fixture
def bought(api: Any, drain: Any, known: str) -> Any:
    def buy(amount_minor: int = 2_500_000, **more: Any) -> Any:
        answer = api.post(
            "/api/v1/crm/purchases", json={"customer_id": known, "amount_minor": amount_minor, **more}
        )
        drain()
        return answer.json

    return buy


@pytest.fixture
def persian(client: Any, database: Any) -> Any:
    with database.control() as connection:
        connection.execute("UPDATE control.app_user SET locale = 'fa'")
    return client


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_rule_page_shows_a_sentence_and_its_example(client: Any) -> None:
    page = client.get("/loyalty/rule").text

    assert "For every" in plain(page)
    assert "A purchase of 250,000 Toman = 20 points" in page


def test_the_rule_page_speaks_persian(persian: Any) -> None:
    page = persian.get("/loyalty/rule").text

    assert "به ازای هر" in page
    assert "فقط گام‌های کامل" in page
    assert "خرید ۲۵۰٬۰۰۰ تومانی = ۲۰ امتیاز" in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("step=۱۰۰٬۰۰۰&points=۱۰&rounding=proportional&months=12", "= 25 points"),
        ("step=50000&points=3&months=never", "A purchase of 125,000 Toman = 6 points"),
        ("step=&points=3&months=12", "Fill in the sentence"),
        ("step=-4&points=x&months=12", "Fill in the sentence"),
        ("", "Fill in the sentence"),
    ],
)
def test_the_example_follows_what_is_typed(client: Any, query: str, says: str) -> None:
    assert says in client.get(f"/loyalty/rule/example?is_active=1&{query}").text


def test_saving_the_rule_goes_back_to_it_and_holds_from_now_on(
    client: Any, api: Any, known: str, bought: Any
) -> None:
    bought(1_000_000)
    sentence = {"step": "۵۰٬۰۰۰", "points": "۷", "rounding": "whole_steps", "months": "6", "is_active": "1"}

    answer = client.post("/loyalty/rule", data=sentence)

    assert (answer.status_code, answer.location) == (303, "/loyalty/rule")
    bought(1_000_000)
    assert api.get(f"/api/v1/loyalty/members/{known}").json["points_balance"] == 10 + 14
    assert "The rule was saved" in client.get("/loyalty/rule").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "0"},
        {"step": "a lot"},
        {"step": ""},
        {"points": "0"},
        {"points": ""},
        {"months": "999"},
        {"months": "soon"},
        {"months": ""},
        {"rounding": "up"},
        {"surprise": "1"},
    ],
)
def test_a_wrong_sentence_comes_back_with_what_was_typed(
    client: Any, digest: Any, tenant: Any, wrong: dict[str, str]
) -> None:
    before = digest(tenant)
    sentence = {"step": "70000", "points": "7", "rounding": "whole_steps", "months": "6", **wrong}

    answer = client.post("/loyalty/rule", data=sentence)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert digest(tenant) == before


def test_an_empty_ledger_says_what_to_do_next(client: Any) -> None:
    page = client.get("/loyalty/ledger").text

    assert "No points yet" in page
    assert "/crm/purchases/new" in page


def test_the_ledger_is_narrowed_by_kind_customer_and_days(
    client: Any, api: Any, known: str, bought: Any
) -> None:
    bought(1_000_000, occurred_at="2026-03-21T10:00:00Z")
    bought(3_000_000, occurred_at="2026-05-21T10:00:00Z")
    api.post(f"/api/v1/loyalty/members/{known}/redemptions", json={"points": 5, "reason": "Gift wrap"})

    everything = client.get("/loyalty/ledger").text
    assert "مریم احمدی" in everything
    assert "5 points spent: Gift wrap" in everything
    assert "spent: Gift wrap" not in client.get("/loyalty/ledger?kind=earn").text
    jalali = client.get("/loyalty/ledger?since=۱۴۰۵/۰۱/۰۱&until=1405/01/31").text
    assert "100,000 Toman" in jalali
    assert "300,000 Toman" not in jalali
    assert "Gift wrap" in client.get(f"/loyalty/ledger?customer={known}").text
    nobody = client.get(f"/loyalty/ledger?customer={uuid.uuid4()}")
    assert (nobody.status_code, "No movement fits" in nobody.text) == (200, True)
    for query in ("kind=lost", "since=yesterday-ish", "customer=7", "cursor=zzz"):
        assert client.get(f"/loyalty/ledger?{query}").status_code == 422


def test_redeeming_asks_first_and_happens_once(client: Any, api: Any, known: str, bought: Any) -> None:
    bought()
    asked = client.get(f"/loyalty/members/{known}/redeem?points=۱۵&reason=Discount").text
    assert "5 points" in asked
    form = dict(re.findall(r'<input[^>]*name="(points|key)"[^>]*value="([^"]*)"', asked))
    assert api.get(f"/api/v1/loyalty/members/{known}").json["points_balance"] == 20

    for _ in range(2):
        answer = client.post(f"/loyalty/members/{known}/redeem", data={**form, "reason": "Discount"})
        assert (answer.status_code, answer.location) == (303, f"/crm/customers/{known}")

    assert api.get(f"/api/v1/loyalty/members/{known}").json["points_balance"] == 5


@pytest.mark.parametrize("points", ["21", "0", "-3", "many", "1.5"])
def test_a_wrong_number_of_points_comes_back_with_the_reason(
    client: Any, known: str, bought: Any, digest: Any, tenant: Any, points: str
) -> None:
    bought()
    before = digest(tenant)

    for answer in (
        client.get(f"/loyalty/members/{known}/redeem?points={points}"),
        client.post(f"/loyalty/members/{known}/redeem", data={"points": points}),
    ):
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert digest(tenant) == before


def test_the_customer_page_shows_points_and_why(persian: Any, known: str, bought: Any) -> None:
    bought(2_500_000)
    bought(1_500_000, currency="EUR")

    page = persian.get(f"/crm/customers/{known}").text

    assert "باشگاه مشتریان" in page
    assert "۲۰ امتیاز برای خرید ۲۵۰٬۰۰۰ تومانی" in page
    assert "۲ گام کامل" in page
    assert "امتیازی نگرفت" in page


def test_the_customer_page_hides_points_from_people_without_the_permission(
    client_as: Any, known: str, bought: Any
) -> None:
    bought()

    page = client_as(["crm.customer.read"]).get(f"/crm/customers/{known}").text

    assert "points" not in plain(page)


def test_the_dashboard_counts_the_points_of_the_month(client: Any, api: Any, known: str, bought: Any) -> None:
    bought()
    api.post(f"/api/v1/loyalty/members/{known}/redemptions", json={"points": 5})

    page = plain(client.get("/").text)

    assert re.search(r"Earned in .{3,20} 20 points", page)
    assert re.search(r"Spent in .{3,20} 5 points", page)


def test_the_checklist_step_is_done_once_the_rule_was_saved(client: Any, api: Any) -> None:
    assert "Set the earning rule" in client.get("/").text
    api.patch("/api/v1/loyalty/rule", json={})

    version = api.get("/api/v1/loyalty/rule").json["version"]
    assert version == 1


def test_pages_ask_for_their_permission(client_as: Any, anonymous: Any, known: str) -> None:
    stranger = client_as(["crm.customer.read"])
    for path in ("/loyalty/rule", "/loyalty/ledger", f"/loyalty/members/{known}/redeem"):
        assert stranger.get(path).status_code == 403
        assert anonymous.get(path).status_code in (302, 303)
    reader = client_as(["loyalty.rule.read"])
    assert "<form" not in reader.get("/loyalty/rule").text.split("<main")[1].split("</main")[0]
    assert reader.post("/loyalty/rule", data={}).status_code == 403


def test_sample_points_come_with_the_sample_and_go_with_it(
    client: Any, drain: Any, tenant: Any, tenant_work: Any
) -> None:
    tables = ("loyalty_member", "loyalty_entry", "loyalty_lot", "loyalty_allocation", "loyalty_purchase")

    def counts() -> list[int]:
        with tenant_work(tenant, read_only=True) as session:
            return [session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables]

    assert client.post("/samples").status_code in (302, 303)
    drain()
    assert all(count > 0 for count in counts())

    assert client.post("/samples/removal").status_code in (302, 303)
    drain()
    assert counts() == [0, 0, 0, 0, 0]
