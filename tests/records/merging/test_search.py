"""Global search: what is found, in which order, by whom, and what it never tells."""

from typing import Any

import pytest
from tests.records.guild import CRAFTSMEN, WORKS

from charsu.records.access import full_access
from charsu.records.service import service_of
from charsu.records.typos import may_be_misspelt, one_edit_pattern

READ_ALL = ("guild.craftsman.read", "guild.work.read")


def found(client: Any, q: str, **more: Any) -> list[str]:
    answer = client.get("/api/v1/search", query_string={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json["items"]]


def test_records_of_all_kinds_are_found_by_any_of_their_words(add, program):
    add(full_name="مریم احمدی", phone="09121234567", tags=["خاتم"])
    add(WORKS, title="جعبهٔ خاتم")

    assert set(found(program(), "خاتم")) == {"مریم احمدی", "جعبهٔ خاتم"}
    assert found(program(), "۰۹۱۲۱۲۳") == ["مریم احمدی"]
    assert found(program(), "احمدی مریم") == ["مریم احمدی"]


def test_letters_of_either_keyboard_are_one(add, program):
    add(full_name="علی‌رضا کریمی")

    assert found(program(), "عليرضا كريمي") == ["علی‌رضا کریمی"]


def test_a_title_that_begins_so_stands_first(add, program):
    for name in ("رضا کریم", "کریم رضایی", "آرضا"):
        add(full_name=name)

    assert found(program(), "رضا") == ["رضا کریم", "کریم رضایی", "آرضا"]


@pytest.mark.parametrize("typed", ["اخمدی", "احمدبی", "احدی", "امحدی"])
def test_one_slip_in_a_word_is_forgiven(add, program, typed):
    add(full_name="مریم احمدی")

    answer = program().get("/api/v1/search", query_string={"q": f"مریم {typed}"}).json

    assert [(item["title"], item["is_guess"]) for item in answer["items"]] == [("مریم احمدی", True)]


def test_no_slip_is_looked_for_where_something_fits_or_in_numbers(add, program):
    add(full_name="Karimi", phone="09121234567")
    add(full_name="Karami")

    assert found(program(), "karimi") == ["Karimi"]
    assert found(program(), "09121234568") == []


def test_wildcards_and_signs_stand_for_themselves(add, program):
    add(full_name="صد درصد")

    for signs in ("%", "_", "\\", "a%b(c)[d]*+?", "%%%%", "....", "()()", "\\\\\\\\"):
        assert found(program(), signs) == []


def test_a_hidden_field_neither_matches_nor_shows(add, program):
    add(full_name="مریم احمدی", phone="09121234567", email="maryam@example.com")
    reader = program(READ_ALL, phone="none")

    assert found(reader, "0912") == []
    assert found(reader, "احمدی 0912") == []
    assert "9121234567" not in reader.get("/api/v1/search?q=maryam").text
    assert found(reader, "maryam") == ["مریم احمدی"]
    assert found(reader, "maryan@example") == ["مریم احمدی"]


def test_a_hidden_name_is_neither_found_nor_told(add, program):
    add(full_name="مریم احمدی", email="m@example.com")
    reader = program(READ_ALL, full_name="none")

    assert found(reader, "احمدی") == []
    assert found(reader, "m@example") == ["Craftsman"]


def test_only_records_in_scope_are_found(add, guild_people, member):
    own = member(("guild.craftsman.read@own",))
    add(full_name="احمدی خودی", owner_id=own.member_id)
    add(full_name="احمدی دیگری")

    assert found(guild_people.program(own), "احمدی") == ["احمدی خودی"]


def test_without_permission_and_of_another_business_nothing_is_found(add, program, other_tenant):
    add(full_name="احمدی دیگری", at=other_tenant)
    add(full_name="احمدی")

    assert found(program(), "احمدی") == ["احمدی"]
    assert found(program(["guild.work.read"]), "احمدی") == []


def test_what_lies_in_the_bin_is_not_found(add, program, tenant_work, tenant):
    gone = add(full_name="احمدی")
    with tenant_work(tenant) as session:
        service_of(CRAFTSMEN, session, full_access()).delete(gone)

    assert found(program(), "احمدی") == []


@pytest.mark.parametrize(
    "query", [{"q": "a" * 201}, {"q": "a\x00b"}, {}, {"q": "a", "limit": 0}, {"q": "a", "limit": 51}]
)
def test_a_search_that_is_none_is_refused(program, query):
    assert program().get("/api/v1/search", query_string=query).status_code == 422


def test_the_page_shows_what_was_found_by_kind(add, browser):
    add(full_name="خاتم‌کار", phone="09121234567")
    add(WORKS, title="جعبهٔ خاتم")
    client = browser()

    every = client.get("/search?q=خاتم").text
    works = client.get("/search?q=خاتم&kind=guild.work").text

    assert "خاتم‌کار" in every
    assert "جعبهٔ خاتم" in every
    assert "/guild/craftsmen/" not in works
    assert "جعبهٔ خاتم" in works
    assert client.get("/search").status_code == 200
    assert client.get("/search?q=" + "x" * 300).status_code == 422


def test_the_palette_jumps_to_pages_and_begins_what_one_may(add, browser):
    add(full_name="مریم احمدی")

    full = browser().get("/search/palette?q=new", headers={"HX-Request-Type": "partial"}).text
    plain = browser().get("/search/palette?q=dashboard").text
    reader = browser(READ_ALL).get("/search/palette?q=new").text
    one = browser().get("/search/palette?q=new+work").text

    assert "/guild/works/new" in full
    assert 'href="/"' in plain
    assert "/new" not in reader
    assert "/guild/works/new" in one
    assert "/guild/craftsmen/new" not in one


def test_slips_are_looked_for_in_words_of_four_letters_and_more():
    assert [may_be_misspelt(word) for word in ("احم", "احمد", "a912", "x" * 41)] == [
        False,
        True,
        False,
        False,
    ]
    assert "(^| )" in one_edit_pattern("abcd")
