"""Rules of one's own in forms: what one can say, what is kept, what is refused."""

import itertools
from datetime import date
from html.parser import HTMLParser

import marshmallow as ma
import pytest

from charsu.records.fields import RecurrenceField
from charsu.records.fields.rule_parts import RuleParts, parts_of, rule_of
from charsu.schedule.recurrence import Recurrence, occurrences
from charsu.text.calendar import join_date, split_date
from charsu.text.preferences import Preferences, use_preferences

FIELD = RecurrenceField(name="repeat", title="Repeats")
READERS = (Preferences(), Preferences(locale="en", calendar="gregorian"))
DAYS = ("start", "last", *(str(day) for day in range(1, 32)))
ENDS = ({}, {"end": "until", "until": "1410/12/29"}, {"end": "count", "count": "۱۲"})
OWN = {"title": "Rent", "repeat": "own", "repeat.every": "۲", "repeat.end": "never"}


def sayable():
    """Each choice of the form at least once, and those that depend on each other in every pairing."""
    for calendar, every, end in itertools.product(("jalali", "gregorian"), ("1", "۲", "999"), ENDS):
        base = {"calendar": calendar, "every": every, **end}
        yield RuleParts(unit="daily", **base)
        for weekdays in ((), ("5",), ("5", "1"), tuple("0123456")):
            yield RuleParts(unit="weekly", weekdays=weekdays, **base)
        for unit, month in itertools.product(("monthly", "yearly"), ("", "1", "7", "12")):
            months = {"month_jalali": month, "month_gregorian": month}
            for on in DAYS:
                yield RuleParts(unit=unit, on=on, **months, **base)
            for nth, weekday in itertools.product(("1", "5", "last"), ("0", "5")):
                yield RuleParts(unit=unit, on="nth", nth=nth, weekday=weekday, **months, **base)


@pytest.mark.parametrize("reader", READERS)
def test_every_rule_the_form_can_make_comes_back_as_it_was(reader):
    with use_preferences(reader):
        rules = [rule_of(parts) for parts in sayable()]

        again = [rule_of(parts_of(Recurrence.from_json(rule.to_json()))) for rule in rules]

        assert len({str(rule.to_json()) for rule in rules}) > 1000
        assert [rule.to_json() for rule in again] == [rule.to_json() for rule in rules]
        assert all(FIELD.to_text(rule.to_json()) for rule in rules[::7])


def test_the_order_of_weekdays_in_the_api_means_nothing():
    rule = {"calendar": "jalali", "frequency": "weekly", "weekdays": [5, 1]}

    assert FIELD.json_field().deserialize(rule)["weekdays"] == [1, 5]


@pytest.mark.parametrize(
    ("on", "days"),
    [
        ("29", [(1403, 11, 29), (1403, 12, 29), (1404, 1, 29)]),
        ("30", [(1403, 11, 30), (1403, 12, 30), (1404, 1, 30)]),
        ("31", [(1403, 11, 30), (1403, 12, 30), (1404, 1, 31)]),
        ("last", [(1403, 11, 30), (1403, 12, 30), (1404, 1, 31)]),
    ],
)
def test_a_day_a_jalali_month_lacks_is_its_last_one(on, days):
    with use_preferences(Preferences()):
        rule = rule_of(RuleParts(unit="monthly", calendar="jalali", on=on))

    found = occurrences(join_date(1403, 11, 1, "jalali"), rule, limit=3)

    assert [split_date(day, "jalali") for day in found] == days


def test_the_last_day_of_esfand_knows_leap_years():
    with use_preferences(Preferences()):
        rule = rule_of(RuleParts(unit="yearly", calendar="jalali", on="30", month_jalali="12"))

    found = [split_date(day, "jalali") for day in occurrences(date(2024, 1, 1), rule, limit=5)]

    # 1403 and 1408 are leap years.
    assert [day for _year, _month, day in found] == [29, 30, 29, 29, 29]


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"every": "0"}, "every"),
        ({"every": "x"}, "every"),
        ({"every": ""}, "every"),
        ({"every": "1.5"}, "every"),
        ({"every": "1000"}, "every"),
        ({"unit": "hourly"}, "unit"),
        ({"calendar": "lunar"}, "calendar"),
        ({"weekdays": ("7",)}, "weekdays"),
        ({"unit": "monthly", "on": "32"}, "on"),
        ({"unit": "monthly", "on": "nth", "weekday": "0", "nth": "6"}, "nth"),
        ({"unit": "monthly", "on": "nth", "weekday": ""}, "weekday"),
        ({"unit": "yearly", "month_jalali": "13"}, "month_jalali"),
        ({"end": "later"}, "end"),
        ({"end": "until", "until": "1404/12/40"}, "until"),
        ({"end": "count", "count": "1001"}, "count"),
    ],
)
def test_what_is_wrong_is_said_of_its_own_input(wrong, part):
    with use_preferences(Preferences()), pytest.raises(ma.ValidationError) as refusal:
        rule_of(RuleParts(**{"calendar": "jalali", **wrong}))

    assert list(refusal.value.messages_dict) == [part]


@pytest.fixture
def program(crowd, member):
    return crowd.program(member)


@pytest.fixture
def browser(crowd, member):
    return crowd.browser(member)


def test_a_rule_of_ones_own_is_saved_shown_and_kept(browser, program):
    form = {
        **OWN,
        "repeat.unit": "weekly",
        "repeat.calendar": "jalali",
        "repeat.weekdays": ["1", "5"],
        "repeat.end": "count",
        "repeat.count": "10",
    }

    made = browser.post("/planner/meetings/new", data=form)

    assert made.status_code == 303, made.text
    item = program.get("/api/v1/planner/meetings").json["items"][0]
    rule = item["repeat"]
    assert (rule["interval"], rule["weekdays"], rule["count"]) == (2, [1, 5], 10)
    says = "Every second week on Saturday and Tuesday, 10 times"
    assert says in browser.get(made.headers["Location"]).text
    edit = browser.get(f"/planner/meetings/{item['id']}/edit").text
    assert says in edit
    again = browser.post(f"/planner/meetings/{item['id']}/edit", data=filled(edit))
    assert again.status_code == 303, again.text
    assert program.get("/api/v1/planner/meetings").json["items"][0]["repeat"] == rule


@pytest.mark.parametrize(
    "rule",
    [
        {"frequency": "yearly", "month": 7, "month_day": 31, "until": "2040-01-01"},
        {"frequency": "yearly", "month": 12, "nth": -1, "weekdays": [4]},
        {"frequency": "monthly", "nth": 5, "weekdays": [0], "interval": 7},
        {"frequency": "daily", "interval": 999, "count": 1000},
        {"frequency": "weekly"},
        {"frequency": "yearly", "month_day": -1},
    ],
)
@pytest.mark.parametrize("calendar", ["jalali", "gregorian"])
def test_a_form_keeps_what_the_api_set(browser, program, rule, calendar):
    body = {"title": "Rent", "repeat": {"calendar": calendar, **rule}}
    item = program.post("/api/v1/planner/meetings", json=body).json

    page = browser.get(f"/planner/meetings/{item['id']}/edit").text
    answer = browser.post(f"/planner/meetings/{item['id']}/edit", data={**filled(page), "title": "New"})

    assert answer.status_code == 303, answer.text
    kept = program.get(f"/api/v1/planner/meetings/{item['id']}").json
    assert (kept["title"], kept["repeat"]) == ("New", item["repeat"])


def test_a_refused_rule_comes_back_with_what_was_typed(browser, business, digest):
    before = digest(business)
    form = {**OWN, "repeat.unit": "monthly", "repeat.calendar": "jalali", "repeat.on": "31"}

    answer = browser.post("/planner/meetings/new", data={**form, "repeat.every": "0", "repeat.end": "until"})

    assert answer.status_code == 422
    assert 'id="f-repeat.every-error"' in answer.text
    assert 'id="f-repeat.until-error"' in answer.text
    typed = filled(answer.text)
    assert (typed["repeat"], typed["repeat.unit"], typed["repeat.on"]) == ("own", "monthly", "31")
    assert digest(business) == before


def filled(page: str) -> dict[str, list[str] | str]:
    """What a browser would send of the page's form as it stands."""
    parser = _Filled()
    parser.feed(page[page.index('<form class="c-form') :].split("</form>")[0])
    return parser.values


class _Filled(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str] | str] = {}
        self._select = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given["value"]
        elif tag == "textarea" and name:
            self.values[name] = ""
        elif tag == "input" and name and given.get("type") not in ("checkbox", "radio"):
            self.values[name] = given.get("value", "")
        elif tag == "input" and name and "checked" in given:
            self.values[name] = [*self.values.get(name, []), given["value"]]
