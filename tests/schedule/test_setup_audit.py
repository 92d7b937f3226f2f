"""Working hours and holidays are part of the set-up: who changed them stands in its audit, in words."""

import pytest

WEEK = ["08:00-16:00"] * 3 + ["08:00-12:00", "", "08:00-16:00", "08:00-16:00"]
HOLIDAY = {"held_on": "2026-12-21", "title": "یلدا"}


@pytest.fixture
def noted(client):
    """The page of the set-up's audit, once something has changed."""
    return lambda: client.get("/audit/setup").text


def test_changed_hours_are_noted_with_the_days_that_changed(api, noted):
    api.put("/api/v1/core/working-hours", json={"days": WEEK})
    first = noted()
    api.put("/api/v1/core/working-hours", json={"days": [*WEEK[:3], "09:00-12:00", *WEEK[4:]]})

    second = noted()
    assert "The working hours were changed" in first
    assert "Thursday" in second
    assert "09:00-12:00" in second


def test_hours_that_stay_the_same_are_not_noted(api, noted):
    api.put("/api/v1/core/working-hours", json={"days": WEEK})
    before = noted().count("The working hours were changed")
    api.put("/api/v1/core/working-hours", json={"days": WEEK})

    assert noted().count("The working hours were changed") == before


def test_holidays_are_noted_when_they_come_change_their_names_and_go(api, client, noted):
    api.post("/api/v1/core/holidays", json=HOLIDAY)
    api.post("/api/v1/core/holidays", json={**HOLIDAY, "title": "شب یلدا"})
    client.post(f"/settings/calendar/holidays/{HOLIDAY['held_on']}/removal")
    client.post("/settings/calendar/holidays/official", data={"year": "1406"})

    page = noted()
    for words in ("A holiday was added", "A holiday got another name", "A holiday was taken away"):
        assert words in page
    assert "The official holidays of a year were added" in page
    assert "شب یلدا" in page


def test_a_refused_change_is_not_noted(api, noted):
    refused = api.put("/api/v1/core/working-hours", json={"days": ["12:00-08:00"] * 7})

    assert refused.status_code == 422
    assert "The working hours were changed" not in noted()
