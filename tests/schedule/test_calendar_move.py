"""Another day for what stands on a calendar: what moves along, who may, and what is refused."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.records import full_access
from charsu.records.reading import get_record
from charsu_tenants.registry import update_preferences

BERLIN = ZoneInfo("Europe/Berlin")
SCRIPT = {"Accept": "application/json"}


def at(hour: int, minute: int = 0, *, day: int = 21) -> datetime:
    """That time of day in Tehran, in November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(minutes=210)


def there(*numbers: int) -> datetime:
    """That time on the clocks of Berlin."""
    return datetime(*numbers, tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
def browser(crowd, member):
    browser = crowd.browser(member)
    browser.post("/display", data={"lang": "en"})
    return browser


@pytest.fixture
def in_berlin(planned, business):
    update_preferences(planned.database, business.id, timezone="Europe/Berlin")
    yield
    update_preferences(planned.database, business.id, timezone="Asia/Tehran")


@pytest.fixture
def times(business, planner):
    """`times(id)`: begin and end of a meeting as they are stored."""

    def read(record_id):
        with tenant_work(business, read_only=True) as session:
            found = get_record(session, planner.MEETING, full_access(), record_id)
            return found.start_at, found.end_at

    return read


def url(record_id, noun="meetings"):
    return f"/planner/{noun}/calendar/{record_id}/move"


def version_in(page):
    return re.search(r'name="updated_at" value="([^"]+)"', page.text)[1]


def test_a_form_moves_an_entry_and_leads_back(browser, plan, times):
    meeting = plan("Budget", start_at=at(9), end_at=at(10, 30))
    form = browser.get(url(meeting), query_string={"next": "/calendar?view=week"})
    assert form.status_code == 200, form.text
    assert 'action="' + url(meeting) in form.text

    answer = browser.post(
        url(meeting),
        data={"to": "1405/09/03", "updated_at": version_in(form), "next": "/calendar?view=week"},
    )

    assert (answer.status_code, answer.location) == (303, "/calendar?view=week")
    assert times(meeting) == (at(9, day=24), at(10, 30, day=24))
    assert "Budget" in browser.get("/calendar?view=day&on=2026-11-24").text


def test_a_script_sends_the_same_form(browser, plan, times):
    meeting = plan("Budget", start_at=at(9))

    answer = browser.post(url(meeting), data={"to": "2026-11-20"}, headers=SCRIPT)

    assert (answer.status_code, answer.json) == (200, {"moved_to": "2026-11-20", "id": str(meeting)})
    assert times(meeting) == (at(9, day=20), None)


def test_a_day_without_a_time_is_moved_as_well(browser, plan, business):
    birthday = plan("Parvin", noun="birthday", held_on=date(2026, 11, 21))

    assert browser.post(url(birthday, "birthdays"), data={"to": "2026-12-01"}).status_code == 303

    with tenant_work(business, read_only=True) as session:
        held = session.execute(text("SELECT held_on FROM planner_birthday")).scalar_one()
    assert held == date(2026, 12, 1)


def test_what_has_no_day_yet_gets_one(browser, plan, times):
    meeting = plan("Budget")

    assert "It has no day yet." in browser.get(url(meeting)).text
    assert browser.post(url(meeting), data={"to": "2026-11-24"}).status_code == 303
    assert times(meeting)[0] == at(0, day=24)


@pytest.mark.parametrize(
    ("start", "end", "to", "moved"),
    [
        # To winter time and to summer time: nine o'clock stays nine o'clock, an hour stays an hour.
        ((2026, 10, 23, 9), (2026, 10, 23, 10), "2026-10-26", ((2026, 10, 26, 9), (2026, 10, 26, 10))),
        ((2026, 3, 27, 9), (2026, 3, 27, 10), "2026-03-30", ((2026, 3, 30, 9), (2026, 3, 30, 10))),
        # Days on end keep both times of day, though one of them has 25 hours.
        ((2026, 10, 19, 9), (2026, 10, 21, 17), "2026-10-24", ((2026, 10, 24, 9), (2026, 10, 26, 17))),
        # Onto the night that has no half past two: later by as much as the clocks are put on.
        (
            (2026, 3, 27, 2, 30),
            (2026, 3, 27, 3, 15),
            "2026-03-29",
            ((2026, 3, 29, 3, 30), (2026, 3, 29, 4, 15)),
        ),
        # Onto the night that has it twice: the first, and the hour stays an hour.
        (
            (2026, 10, 23, 1, 30),
            (2026, 10, 23, 2, 30),
            "2026-10-25",
            ((2026, 10, 25, 1, 30), (2026, 10, 25, 2, 30)),
        ),
    ],
)
def test_time_of_day_and_length_stay_over_a_change_of_clocks(
    browser, plan, times, in_berlin, start, end, to, moved
):
    meeting = plan("Budget", start_at=there(*start), end_at=there(*end))

    assert browser.post(url(meeting), data={"to": to}).status_code == 303

    assert times(meeting) == (there(*moved[0]), there(*moved[1]))


def test_an_hour_stays_an_hour_in_the_night_of_25(browser, plan, times, in_berlin):
    meeting = plan("Watch", start_at=there(2026, 10, 23, 2, 30), end_at=there(2026, 10, 23, 3, 30))

    browser.post(url(meeting), data={"to": "2026-10-25"})

    start, end = times(meeting)
    assert (start, end - start) == (there(2026, 10, 25, 2, 30), timedelta(hours=1))


def test_whole_days_keep_their_first_and_last_minute(browser, plan, times, in_berlin):
    meeting = plan("Fair", start_at=there(2026, 10, 20), end_at=there(2026, 10, 20, 23, 59), is_all_day=True)

    browser.post(url(meeting), data={"to": "2026-10-25"})

    assert times(meeting) == (there(2026, 10, 25), there(2026, 10, 25, 23, 59))


@pytest.mark.parametrize("to", ["", "soon", "1405/13/01", "2150-01-01", "1\x00"])
def test_a_day_that_is_none_is_refused(browser, plan, business, digest, to):
    meeting = plan("Budget", start_at=at(9))
    before = digest(business)

    page = browser.post(url(meeting), data={"to": to})
    told = browser.post(url(meeting), data={"to": to}, headers=SCRIPT)

    assert (page.status_code, told.status_code) == (422, 422)
    assert "Budget" in page.text
    assert told.json["message"]
    assert digest(business) == before


def test_what_somebody_changed_meanwhile_is_not_moved_unseen(browser, plan, business, digest):
    meeting = plan("Budget", start_at=at(9))
    version = version_in(browser.get(url(meeting)))
    browser.post(
        f"/planner/meetings/{meeting}/edit", data={"title": "Budget 1406", "start_at": "2026-11-22 9:00"}
    )
    before = digest(business)

    told = browser.post(url(meeting), data={"to": "2026-11-24", "updated_at": version}, headers=SCRIPT)
    page = browser.post(url(meeting), data={"to": "2026-11-24", "updated_at": version})

    assert (told.status_code, page.status_code) == (409, 409)
    assert "Somebody changed this meanwhile" in told.json["message"]
    assert digest(business) == before
    # The form comes back with what was typed, and with the version that stands there now.
    assert 'value="2026-11-24"' in page.text
    again = browser.post(url(meeting), data={"to": "2026-11-24", "updated_at": version_in(page)})
    assert again.status_code == 303


def test_who_may_not_write_moves_nothing(crowd, business, plan, digest):
    meeting = plan("Budget", start_at=at(9))
    reader = crowd.browser(crowd.member(business, ["planner.meeting.read"]))
    own = crowd.browser(crowd.member(business, ["planner.meeting.read", "planner.meeting.write@own"]))
    before = digest(business)

    for browser, status in ((reader, 403), (own, 404)):
        assert browser.get(url(meeting)).status_code == status
        assert browser.post(url(meeting), data={"to": "2026-11-24"}).status_code == status
        assert browser.post(url(meeting), data={"to": "2026-11-24"}, headers=SCRIPT).status_code == status
    assert digest(business) == before
    assert "data-move-url" not in reader.get("/calendar?on=2026-11-21").text
    assert "/move" not in reader.get(f"/planner/meetings/{meeting}").text


@pytest.mark.parametrize(
    "rules", [{"start_at": "read"}, {"start_at": "none"}, {"end_at": "read"}, {"end_at": "none"}]
)
def test_a_field_one_may_not_write_is_not_moved(crowd, business, plan, digest, rules):
    meeting = plan("Budget", start_at=at(9), end_at=at(10))
    permissions = ["planner.meeting.read", "planner.meeting.write"]
    browser = crowd.browser(crowd.member(business, permissions, {"planner.meeting": rules}))
    before = digest(business)

    assert browser.post(url(meeting), data={"to": "2026-11-24"}).status_code == 403
    assert browser.post(url(meeting), data={"to": "2026-11-24"}, headers=SCRIPT).status_code == 403
    assert digest(business) == before
    if rules != {"end_at": "read"}:
        assert browser.get(url(meeting)).status_code == 403
        assert "data-move-url" not in browser.get("/calendar?on=2026-11-21").text


def test_a_hidden_title_stays_hidden(crowd, business, plan):
    meeting = plan("Secret", start_at=at(9))
    permissions = ["planner.meeting.read", "planner.meeting.write"]
    browser = crowd.browser(crowd.member(business, permissions, {"planner.meeting": {"title": "none"}}))

    assert "Secret" not in browser.get(url(meeting)).text
    browser.post(url(meeting), data={"to": "2026-11-24"})
    assert "Secret" not in browser.get("/").text


def test_what_repeats_is_moved_with_all_that_follows_and_says_so(browser, plan, times, planner, business):
    rule = {"calendar": "gregorian", "frequency": "weekly"}
    meeting = plan("Jour fixe", start_at=at(9), end_at=at(10), repeat=rule)

    form = browser.get(url(meeting)).text
    assert all(f'value="{scope}"' in form for scope in ("one", "all"))
    browser.post(url(meeting), data={"to": "2026-11-23"})

    month = browser.get("/calendar?on=2026-11-25").text
    shown = {cell[:10] for cell in month.split('data-cal-drop="')[1:] if "Jour fixe" in cell}
    assert shown >= {"2026-11-23", "2026-11-30"}
    assert "2026-11-28" not in shown
    # Each of its days asks which days are meant.
    entries = re.findall(r"<a class=\"c-event[^>]*>", month)
    assert {"data-repeats" in one for one in entries} == {True}


def test_a_calendar_tells_a_script_where_entries_move(browser, plan):
    meeting = plan("Budget", start_at=at(9))

    for view in ("month", "week"):
        page = browser.get(f"/calendar?view={view}&on=2026-11-21").text
        assert f'data-move-url="{url(meeting)}"' in page
        assert 'data-cal-drop="2026-11-21"' in page
    assert url(meeting) in browser.get(f"/planner/meetings/{meeting}").text


def test_the_dialog_gets_the_form_alone(browser, plan):
    meeting = plan("Budget", start_at=at(9))

    part = browser.get(
        url(meeting),
        query_string={"to": "2026-11-24"},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )

    assert "<html" not in part.text
    assert "cal-move-title" in part.text
    assert 'value="1405/09/03"' in part.text
    assert 'value="1405/08/30"' in browser.get(url(meeting), query_string={"to": "soon"}).text


def test_a_move_is_in_the_history(browser, plan, business):
    meeting = plan("Budget", start_at=at(9))
    browser.post(url(meeting), data={"to": "2026-11-24"})

    with tenant_work(business, read_only=True) as session:
        statement = text("SELECT source, after FROM core_change WHERE record_id = :id AND action = 'update'")
        source, after = session.execute(statement, {"id": meeting}).one()
    assert source == "page"
    assert set(after) == {"start_at"}
