"""Who is there already: while one types, in the nightly queue, and for whom."""

import uuid
from typing import Any

import pytest
from sqlalchemy import text
from tests.records.guild import CRAFTSMEN

from charsu.db import tenant_work
from charsu.jobs.queueing import enqueue
from charsu.records.access import full_access
from charsu.records.merging.candidates import refresh_queue
from charsu.records.merging.merge import Merging, merge
from charsu.records.merging.names import one_edit_apart, same_name

READ = ("guild.craftsman.read", "guild.craftsman.write")
QUEUE = "/api/v1/guild/craftsmen/duplicates"


def refresh(tenant: Any) -> int:
    with tenant_work(tenant) as session:
        return refresh_queue(session, CRAFTSMEN)


def queue(client: Any) -> list[tuple[set[str], int, list[str]]]:
    items = client.get(QUEUE).json["items"]
    return [({item["first_id"], item["second_id"]}, item["confidence"], item["reasons"]) for item in items]


def hint(client: Any, **typed: Any) -> str:
    answer = client.get("/guild/craftsmen/duplicates/similar", query_string=typed)
    assert answer.status_code == 200
    return str(answer.text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("علی‌رضا کریمی", "عليرضا كريمي", "name"),
        ("کریمی علیرضا", "علیرضا کریمی", "name"),
        ("مریم احمدی", "مریم اخمدی", "close_name"),
        ("مریم احمدی", "مریم حامدی", "close_name"),
        ("مریم احمدی", "مریم احمد", "close_name"),
        ("مریم احمدی", "مینا احمدی", None),
        ("رضا", "رضی", None),
        ("", "", None),
    ],
)
def test_names_are_one_whatever_keyboard_spaces_order_and_one_slip(one, other, expected):
    assert same_name(one, other) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abc", "abc", True),
        ("abc", "acb", True),
        ("abc", "abcd", True),
        ("abc", "xbc", True),
        ("ab", "abcd", False),
        ("abcd", "badc", False),
    ],
)
def test_one_edit_apart(one, other, expected):
    assert one_edit_apart(one, other) is expected
    assert one_edit_apart(other, one) is expected


def test_while_typing_who_is_there_already_is_shown(add, browser):
    add(full_name="مریم احمدی", phone="09121234567", other_phones=["09129999999"], email="m@example.com")
    client = browser()

    for typed in (
        {"phone": "۰۹۱۲ ۱۲۳ ۴۵۶۷"},
        {"phone": "00989129999999"},
        {"email": "M@Example.com"},
        {"full_name": "مریم‌ احمدي"},
        {"full_name": "مریم اخمدی"},
    ):
        assert "مریم احمدی" in hint(client, **typed), typed
    for typed in ({}, {"phone": "0912"}, {"email": "x"}, {"full_name": "مر"}, {"full_name": "زهرا کریمی"}):
        assert "c-similar-list" not in hint(client, **typed), typed


def test_a_program_may_ask_before_it_adds(add, program):
    there = add(full_name="مریم احمدی", phone="09121234567")
    client, path = program(), "/api/v1/guild/craftsmen/duplicates/similar"

    (item,) = client.get(path, query_string={"phone": "09121234567", "full_name": "x"}).json["items"]

    assert (item["id"], item["reasons"], item["confidence"]) == (str(there), ["phone"], 70)
    assert client.get(path).json == {"items": []}
    assert client.get(path, query_string={"nothing": "x"}).status_code == 422


def test_the_record_being_edited_is_not_its_own_duplicate(add, browser):
    record = add(full_name="مریم احمدی")

    assert "c-similar-list" not in hint(browser(), full_name="مریم احمدی", but=str(record))


def test_what_one_may_not_see_gives_no_hint(add, guild_people, member):
    own = member((*(f"{name}@own" for name in READ),))
    add(full_name="مریم احمدی", phone="09121234567", owner_id=None)
    blind = member(READ, phone="none")

    assert "c-similar-list" not in hint(guild_people.browser(own), phone="09121234567")
    assert "c-similar-list" not in hint(guild_people.browser(blind), phone="09121234567")
    assert "912" not in hint(guild_people.browser(blind), full_name="مریم احمدی")


def test_the_nightly_search_finds_pairs_with_reasons(add, tenant, program, drain):
    one = add(full_name="مریم احمدی", phone="09121234567")
    other = add(full_name="مریم اخمدی", other_phones=["09121234567"])
    third = add(full_name="احمدی مریم")
    add(full_name="زهرا کریمی", email="z@example.com")
    with tenant_work(tenant):
        enqueue("core.find_duplicates")
    drain()

    found = queue(program())

    assert [(pair, reasons) for pair, _, reasons in found] == [
        ({str(one), str(other)}, ["Same: Phone", "Nearly the same name"]),
        ({str(one), str(third)}, ["Same name"]),
    ]
    assert [confidence for _, confidence, _ in found] == [80, 55]


def test_many_names_are_gone_through_in_parts_and_give_the_same_pairs(add, tenant, program):
    for name in ("مریم احمدی", "احمدی مریم", "زهرا کریمی", "علی‌رضا", "عليرضا", "نرگس", "نرگس"):
        add(full_name=name)
    whole = refresh(tenant)
    queued = queue(program())

    with tenant_work(tenant) as session:
        session.execute(text("DELETE FROM core_duplicate"))
        parts = refresh_queue(session, CRAFTSMEN, most_names=2)

    assert (whole, parts) == (3, 3)
    assert sorted(map(str, queue(program()))) == sorted(map(str, queued))


def test_what_many_share_makes_no_pairs(add, tenant):
    for number in range(9):
        add(full_name=f"کارمند {number * 1111}", phone="02188888888")
    for _ in range(5):
        add(full_name="علی محمدی")

    assert refresh(tenant) == 0


def test_a_dismissed_pair_stays_dismissed_and_one_that_is_none_goes(add, tenant, program, drain):
    for _ in range(2):
        add(full_name="مریم احمدی")
    pair = [add(full_name="زهرا", phone="09121234567"), add(full_name="نرگس", phone="09121234567")]
    refresh(tenant)
    client = program()
    items = client.get(QUEUE).json["items"]
    assert len(items) == 2

    for item in items:
        if "Same name" in item["reasons"]:
            assert client.post(f"{QUEUE}/{item['id']}/dismissal").status_code == 204
            assert client.post(f"{QUEUE}/{item['id']}/dismissal").status_code == 404
    with tenant_work(tenant) as session:
        session.execute(text("UPDATE guild_craftsman SET phone = NULL WHERE id = :id"), {"id": pair[0]})
    refresh(tenant)

    assert queue(client) == []
    assert client.post(f"{QUEUE}/{uuid.uuid4()}/dismissal").status_code == 404


def test_the_queue_shows_what_its_reader_may_merge_and_know(add, tenant, guild_people, member):
    own = member(("guild.craftsman.merge@own",))
    blind = member(("guild.craftsman.merge",), phone="none")
    add(full_name="زهرا", phone="09121234567", owner_id=own.member_id)
    add(full_name="نرگس", phone="09121234567")
    refresh(tenant)
    everything = member()
    (item,) = guild_people.program(everything).get(QUEUE).json["items"]

    assert queue(guild_people.program(own)) == []
    assert queue(guild_people.program(blind)) == []
    assert guild_people.program(own).post(f"{QUEUE}/{item['id']}/dismissal").status_code == 404


def test_the_page_of_the_queue_leads_to_the_comparison(add, tenant, browser):
    ids = [add(full_name="مریم احمدی") for _ in range(2)]
    refresh(tenant)
    client = browser()

    page = client.get("/guild/craftsmen/duplicates").text

    assert f"/guild/craftsmen/merge?id={min(ids)}&amp;id={max(ids)}" in page
    assert client.post("/guild/craftsmen/duplicates/search").status_code == 303
    with tenant_work(tenant) as session:
        merge(Merging(tenant, session, CRAFTSMEN, full_access()), ids[0], ids[1])
    after = client.get("/guild/craftsmen/duplicates").text
    assert "/guild/craftsmen/merge?id=" not in after
    assert "/guild/craftsmen/merges/" in after
