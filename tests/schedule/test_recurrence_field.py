"""Rules as a field of records: typed, stored, shown, refused."""

import pytest

from charsu.records.fields import RecurrenceField
from charsu.records.fields.rule_parts import OWN
from charsu.text.preferences import Preferences, use_preferences

FIELD = RecurrenceField(name="repeat", title="Repeats")
MONTHLY = {"calendar": "jalali", "frequency": "monthly", "interval": 1, "month_day": 1}


@pytest.fixture
def program(crowd, member):
    return crowd.program(member)


@pytest.fixture
def browser(crowd, member):
    return crowd.browser(member)


def test_a_rule_goes_in_and_out_by_the_api(program):
    body = {"title": "Rent", "repeat": {"calendar": "jalali", "frequency": "monthly", "month_day": 1}}

    made = program.post("/api/v1/planner/meetings", json=body)

    assert made.status_code == 201
    assert made.json["repeat"] == MONTHLY
    cleared = program.patch(f"/api/v1/planner/meetings/{made.json['id']}", json={"repeat": None})
    assert cleared.json["repeat"] is None


@pytest.mark.parametrize("rule", ["monthly", {}, 5, [], {"calendar": "jalali"}, {**MONTHLY, "month_day": 40}])
def test_nonsense_is_refused_at_its_field(program, business, digest, rule):
    before = digest(business)

    answer = program.post("/api/v1/planner/meetings", json={"title": "Rent", "repeat": rule})

    assert answer.status_code == 422
    assert digest(business) == before


def test_a_form_offers_the_usual_rules_by_a_word_and_keeps_others(browser, program):
    made = browser.post("/planner/meetings/new", data={"title": "Rent", "repeat": "month_end"})
    assert made.status_code == 303, made.text
    item = program.get("/api/v1/planner/meetings").json["items"][0]
    assert item["repeat"] == {**MONTHLY, "month_day": -1}

    odd = {**MONTHLY, "interval": 5}
    program.patch(f"/api/v1/planner/meetings/{item['id']}", json={"repeat": odd})
    page = browser.get(f"/planner/meetings/{item['id']}/edit").text

    assert "Every 5 months, day 1" in page
    with use_preferences(Preferences()):
        assert FIELD.form_field().deserialize(FIELD.to_input(odd)) == odd


@pytest.mark.parametrize("typed", ["hourly", "{", "[" * 5000, '{"calendar": "jalali"}', "null"])
def test_a_form_refuses_nonsense_too(browser, business, digest, typed):
    before = digest(business)

    answer = browser.post("/planner/meetings/new", data={"title": "Rent", "repeat": typed})

    assert answer.status_code == 422
    assert digest(business) == before


def test_every_word_of_a_form_means_a_rule_and_is_found_again():
    for preferences in (Preferences(), Preferences(locale="en", calendar="gregorian")):
        with use_preferences(preferences):
            words = [word for word, _title in FIELD.input_options() if word and word != OWN]
            rules = [FIELD.form_field().deserialize(word) for word in words]

            assert [FIELD.to_input(rule) for rule in rules] == words
            assert {rule["calendar"] for rule in rules} == {preferences.calendar}
            assert all(FIELD.to_text(rule) for rule in rules)
