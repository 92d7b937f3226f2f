"""Notifications and the bell."""

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from charsu.people.notifications import COUNT_MAX, count_unread, notify


@pytest.fixture
def member(people, tenant):
    return people.member(tenant)


@pytest.fixture
def tell(tenant_work, member):
    """`tell(title, …)`: notify the member, in a transaction of its own; whether it was written."""

    def told(title="یادآوری", **more):
        with tenant_work(member.tenant) as session:
            return notify(session, member_id=member.member_id, title=title, **more)

    return told


def test_one_source_tells_once(tell, people, member):
    assert tell(source_key="task:1") is True
    assert tell(source_key="task:1") is False
    assert tell() is True

    items = people.program(member).get("/api/v1/core/notifications").json["items"]
    assert [item["title"] for item in items] == ["یادآوری", "یادآوری"]


def test_who_left_is_told_nothing(tell, tenant_work, member):
    with tenant_work(member.tenant) as session:
        session.execute(text("UPDATE core_member SET is_active = false"))

    assert tell() is False


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "evil"])
def test_a_notification_leads_nowhere_else(tell, path):
    with pytest.raises(ValueError, match="page of its business"):
        tell(path=path)


def test_the_bell_counts_what_is_unread_and_stops_at_99(tell, tenant_work, member, people):
    browser = people.browser(member)
    assert "c-bell-count" not in browser.get("/notifications").text

    for _ in range(COUNT_MAX + 5):
        tell()

    assert "99+" in browser.get("/notifications").text
    with tenant_work(member.tenant, read_only=True) as session:
        assert count_unread(session, member.member_id) == COUNT_MAX + 1


def test_reading_one_leads_to_its_page_and_counts_it_off(tell, people, member):
    tell(path="/account")
    browser = people.browser(member)
    item = people.program(member).get("/api/v1/core/notifications?is_unread=true").json["items"][0]

    answer = browser.post(f"/notifications/{item['id']}/reading")

    assert (answer.status_code, answer.location) == (303, "/account")
    assert people.program(member).get("/api/v1/core/notifications?is_unread=true").json["items"] == []


def test_nobody_reads_anothers(tell, people, tenant, member):
    tell("secret")
    item = people.program(member).get("/api/v1/core/notifications").json["items"][0]
    other = people.member(tenant)

    assert people.program(other).get("/api/v1/core/notifications").json["items"] == []
    assert people.browser(other).post(f"/notifications/{item['id']}/reading").status_code == 404
    assert people.program(other).post("/api/v1/core/notifications/reading").json == {"read_count": 0}


def test_all_are_read_at_once_page_by_page(tell, people, member):
    for number in range(60):
        tell(f"number {number}")
    browser = people.browser(member)

    first = browser.get("/notifications").text
    browser.post("/notifications/reading")

    assert first.count("c-unread") == 50
    assert "cursor=" in first
    assert "c-unread" not in browser.get("/notifications").text
    assert browser.get("/notifications?cursor=x").status_code == 422


@pytest.fixture
def without_notifications(tenant, database):
    """The table is away while the test runs: who asks it fails."""
    rename = SQL("ALTER TABLE {} RENAME TO {}")
    names = ("core_notification", "away_notification")
    with database.admin() as admin:
        admin.execute(rename.format(Identifier(tenant.schema, names[0]), Identifier(names[1])))
    yield
    with database.admin() as admin:
        admin.execute(rename.format(Identifier(tenant.schema, names[1]), Identifier(names[0])))


def test_only_whole_pages_ask_for_the_bell(people, member, without_notifications):
    browser = people.browser(member)

    assert browser.get("/crm/customers", headers={"HX-Request-Type": "partial"}).status_code == 200
    assert people.program(member).get("/api/v1/crm/customers").status_code == 200
    assert browser.get("/account").status_code == 503
