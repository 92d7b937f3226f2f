"""Single days of what repeats, by the API."""

from datetime import UTC, datetime

import pytest

DAILY = {"calendar": "jalali", "frequency": "daily", "count": 5}


@pytest.fixture
def program(crowd, member):
    return crowd.program(member)


@pytest.fixture
def url(plan):
    meeting = plan("Round", start_at=datetime(2026, 11, 21, 5, 30, tzinfo=UTC), repeat=DAILY)
    return f"/api/v1/planner/meetings/{meeting}"


@pytest.fixture
def days(program, url):
    """`days()`: state and hour of each day of November."""

    def read(**query):
        items = program.get(f"{url}/occurrences", query_string=query).json["items"]
        return {item["day"][8:]: item["state"] for item in items}

    return read


def test_days_are_listed_left_out_moved_and_brought_back(program, url, days):
    def post(what, **body):
        return program.post(f"{url}/occurrences/{what}", json=body)

    assert days() == dict.fromkeys(["21", "22", "23", "24", "25"], "on")
    assert post("removal", day="2026-11-22").status_code == 204
    moved = post("move", day="2026-11-23", to="2026-11-30", at="14:15")
    assert (moved.status_code, moved.json["start_at"]) == (200, "2026-11-30T10:45:00Z")
    assert moved.json["repeat"] is None
    assert days() == {"21": "on", "22": "skipped", "23": "moved", "24": "on", "25": "on"}
    assert days(first="2026-11-23", limit=2) == {"23": "moved", "24": "on"}

    program.patch(f"/api/v1/planner/meetings/{moved.json['id']}", json={"done_at": "2026-11-30T11:00:00Z"})
    assert days()["23"] == "done"
    assert post("restoration", day="2026-11-23").status_code == 422
    assert post("restoration", day="2026-11-22").status_code == 204
    assert days()["22"] == "on"


def test_the_rest_is_split_off_and_the_end_is_cut(program, url, days):
    split = program.post(f"{url}/occurrences/detachment", json={"day": "2026-11-23", "scope": "following"})

    assert split.json["repeat"]["count"] == 3
    assert days() == {"21": "on", "22": "on"}
    cut = program.post(f"{url}/occurrences/removal", json={"day": "2026-11-22", "scope": "following"})
    assert cut.status_code == 204
    assert days() == {"21": "on"}
    gone = program.post(f"{url}/occurrences/removal", json={"day": "2026-11-21", "scope": "all"})
    assert (gone.status_code, program.get(url).status_code) == (204, 404)


def test_a_rule_says_which_days_it_is_without(program, url, days):
    rule = {**DAILY, "without": ["2026-11-24", "2026-11-22", "2026-11-22"]}

    answer = program.patch(url, json={"repeat": rule})

    assert answer.json["repeat"]["without"] == ["2026-11-22", "2026-11-24"]
    assert days()["22"] == "skipped"


@pytest.mark.parametrize(
    "without", ["2026-11-22", ["soon"], [5], [None], ["0001-01-01"], {"a": 1}, ["2026-11-22"] * 9000]
)
def test_what_are_no_days_is_refused_or_taken_once(program, url, business, digest, without):
    before = digest(business)

    answer = program.patch(url, json={"repeat": {**DAILY, "without": without}})

    if answer.status_code == 200:
        assert answer.json["repeat"]["without"] == ["2026-11-22"]
    else:
        assert answer.status_code in (413, 422)
        assert digest(business) == before


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("move", {"day": "2026-11-22"}),
        ("move", {"day": "2026-11-22", "to": "2200-01-01"}),
        ("move", {"day": "2026-11-22", "to": "2026-12-01", "at": 5}),
        ("move", {"day": "2026-11-22", "to": "2026-12-01", "at": "24:00"}),
        ("move", {"day": "2026-11-29", "to": "2026-12-01"}),
        ("removal", {"day": "2026-11-29"}),
        ("removal", {"day": "2026-11-22", "scope": "most"}),
        ("restoration", {"day": "2026-11-22"}),
        ("detachment", {"day": 7}),
        ("detachment", {}),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(program, url, business, digest, what, body):
    before = digest(business)

    answer = program.post(f"{url}/occurrences/{what}", json=body)

    assert answer.status_code == 422, answer.text
    assert digest(business) == before


def test_the_document_tells_of_it(program):
    paths = program.get("/api/openapi.json").json["paths"]

    found = [path for path in paths if path.startswith("/api/v1/planner/meetings/{record_id}/occurrences")]
    assert len(found) == 5
