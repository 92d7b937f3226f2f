"""Reminders: due once, moved with their record, gone with it, whatever is killed on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from charsu import clock
from charsu.db import tenant_work
from charsu.errors import NotFound, RuleViolated
from charsu.jobs.draining import drain_until_quiet
from charsu.jobs.quiet import wait_until_quiet
from charsu.process import Runtime
from charsu.records import full_access, service_of
from charsu.schedule.reminders import About, Wish, set_reminders, snooze
from charsu.server.processes import wait_until
from charsu.testing.clients import Member, People
from charsu.testing.processes import Processes
from charsu_tenants.context import Tenant

from .conftest import PLANNER

HOUR = timedelta(hours=1)
BOTH = ("app", "email")


@pytest.fixture
def remind(business: Tenant, member: Member) -> Callable[..., None]:
    """`remind(record_id, moment, *offsets)`: set the member's reminders of a meeting."""

    def done(
        record_id: UUID, moment: datetime | None, *offsets: int, channels: Any = BOTH, who: Any = None
    ) -> None:
        about = About("planner.meeting", record_id)
        members = [member.member_id] if who is None else who
        with tenant_work(business) as session:
            set_reminders(
                session, about, Wish(offsets=offsets, channels=channels), moment=moment, member_ids=members
            )

    return done


@pytest.fixture
def pass_time(planned: Runtime, business: Tenant) -> Callable[[timedelta], None]:
    """`pass_time(delta)`: let what was planned be that much nearer, and do what is due."""

    def passed(delta: timedelta) -> None:
        with tenant_work(business) as session:
            session.execute(
                text("UPDATE core_reminder SET remind_at = remind_at - CAST(:d AS interval)"), {"d": delta}
            )
        with planned.database.control() as conn:
            conn.execute("UPDATE bus.delivery SET due_at = due_at - %s", [delta])
        drain_until_quiet(planned)

    return passed


@pytest.fixture
def told(planned: Runtime, business: Tenant, member: Member) -> Callable[[], tuple[list[str], list[str]]]:
    """`told()`: titles of the member's notifications and subjects of the letters, oldest first."""

    def found() -> tuple[list[str], list[str]]:
        with tenant_work(business, read_only=True) as session:
            titles = session.scalars(text("SELECT title FROM core_notification ORDER BY id")).all()
        with planned.database.control() as conn:
            rows = conn.execute("SELECT subject FROM control.mail ORDER BY created_at, id").fetchall()
        return list(titles), [row["subject"] for row in rows]

    return found


def soon(minutes: float = 60) -> datetime:
    return clock.now() + timedelta(minutes=minutes)


def test_a_reminder_comes_when_it_is_due_in_the_app_and_by_mail_and_once(plan, remind, pass_time, told):
    remind(plan("Budget", start_at=soon()), soon(), 15)

    pass_time(timedelta(minutes=40))
    before = told()
    pass_time(timedelta(minutes=10))
    pass_time(HOUR)

    assert before == ([], [])
    assert told() == (["Budget"], ["Reminder: Budget"])


def test_only_the_wished_channels_are_used(plan, remind, pass_time, told):
    remind(plan("Budget"), soon(), 0, channels=["app"])
    remind(plan("Rent"), soon(), 0, channels=["email"])

    pass_time(2 * HOUR)

    assert told() == (["Budget"], ["Reminder: Rent"])


def test_a_reminder_whose_time_is_over_when_it_is_set_is_not_sent(plan, remind, pass_time, told):
    remind(plan("Budget"), soon(30), 60, 10, channels=["app"])

    pass_time(timedelta(0))
    assert told()[0] == []

    pass_time(HOUR)
    assert told()[0] == ["Budget"]


def test_reminders_move_along_with_the_moment(plan, remind, pass_time, told):
    meeting = plan("Budget")
    remind(meeting, soon(60), 10, channels=["app"])
    remind(meeting, soon(300), 10, channels=["app"])

    pass_time(2 * HOUR)
    assert told()[0] == []

    pass_time(3 * HOUR)
    assert told()[0] == ["Budget"]


def test_what_was_sent_comes_again_only_for_another_moment(plan, remind, pass_time, told):
    meeting, moment = plan("Budget"), soon()
    remind(meeting, moment, 10, channels=["app"])
    pass_time(HOUR)

    remind(meeting, moment - HOUR, 10, channels=["app"])
    pass_time(HOUR)
    assert told()[0] == ["Budget"]

    remind(meeting, soon(65), 10, channels=["app"])
    pass_time(HOUR)
    assert told()[0] == ["Budget", "Budget"]


def test_without_a_moment_or_a_member_there_is_nothing_to_remind_of(plan, remind, pass_time, told):
    meeting = plan("Budget")
    remind(meeting, soon(), 10)
    remind(meeting, None, 10)
    remind(meeting, soon(), 10)
    remind(meeting, soon(), 10, who=[])

    pass_time(2 * HOUR)

    assert told() == ([], [])


def test_who_hands_a_record_over_is_not_reminded_of_it(crowd, business, member, plan, remind, pass_time):
    meeting, other = plan("Budget"), crowd.member(business)
    remind(meeting, soon(), 10, channels=["app"])
    remind(meeting, soon(), 10, channels=["app"], who=[other.member_id])

    pass_time(HOUR)

    with tenant_work(business, read_only=True) as session:
        assert session.scalars(text("SELECT member_id FROM core_notification")).all() == [other.member_id]


def test_a_record_in_the_bin_reminds_nobody_until_it_is_restored(
    business, planner: ModuleType, plan, remind, pass_time, told
):
    binned, restored = plan("Binned"), plan("Restored")
    for meeting in (binned, restored):
        remind(meeting, soon(), 10, channels=["app"])
    with tenant_work(business) as session:
        service = service_of(planner.MEETING, session, full_access())
        service.delete(binned)
        service.restore(service.delete(restored))

    pass_time(HOUR)

    assert told()[0] == ["Restored"]


def test_what_is_done_reminds_nobody(plan, remind, pass_time, told):
    remind(plan("Budget", done_at=clock.now()), soon(), 10)

    pass_time(HOUR)

    assert told() == ([], [])


def test_a_member_out_of_sight_of_the_record_is_not_told_of_it(
    crowd: People, business, plan, remind, pass_time, told
):
    stranger = crowd.member(business, ["planner.meeting.read@own"])
    outsider = crowd.member(business, ["core.member.read"])
    remind(plan("Budget"), soon(), 10, who=[stranger.member_id, outsider.member_id])

    pass_time(HOUR)

    assert told() == ([], [])


def test_who_may_not_log_in_any_more_is_not_told(planned, member, plan, remind, pass_time, told):
    meeting = plan("Visit")
    remind(meeting, soon(), 30)
    with planned.database.control() as conn:
        conn.execute("UPDATE control.app_user SET disabled_at = now() WHERE id = %s", [member.user_id])

    pass_time(HOUR)

    assert told() == ([], [])


def test_a_snoozed_reminder_comes_once_more(business, member, plan, remind, pass_time, told):
    meeting, moment = plan("Budget"), soon()
    remind(meeting, moment, 10, channels=["app"])
    pass_time(HOUR)
    with tenant_work(business) as session:
        reminder = session.scalar(text("SELECT id FROM core_reminder"))
        until = clock.now() + timedelta(minutes=30)
        later = snooze(session, member.member_id, reminder, until=until)
    assert timedelta(0) <= later - until <= timedelta(minutes=1)

    # Saved again with the same moment, as any edit does: the snooze stays.
    remind(meeting, moment - HOUR, 10, channels=["app"])
    pass_time(timedelta(minutes=20))
    assert told()[0] == ["Budget"]
    pass_time(timedelta(minutes=20))
    pass_time(HOUR)

    assert told()[0] == ["Budget", "Budget"]


def test_a_notification_is_snoozed_with_one_click(crowd, business, member, plan, remind, pass_time, told):
    remind(plan("Budget"), soon(), 10, channels=["app"])
    pass_time(HOUR)
    browser, program = crowd.browser(member), crowd.program(member)
    item = program.get("/api/v1/core/notifications").json["items"][0]

    page = browser.get("/notifications").text
    answer = browser.post(f"/notifications/{item['id']}/snooze", data={"minutes": "۱۰"})
    bad = browser.post(f"/notifications/{item['id']}/snooze", data={"minutes": "0"})
    by_program = program.post(f"/api/v1/core/notifications/{item['id']}/snooze", json={"minutes": 20})
    pass_time(HOUR)

    assert f"/notifications/{item['id']}/snooze" in page
    assert (answer.status_code, bad.status_code, by_program.status_code) == (303, 422, 200)
    assert told()[0] == ["Budget", "Budget", "Budget"]


def test_nobody_snoozes_anothers_reminder(crowd, business, plan, remind):
    remind(plan("Budget"), soon(), 10)
    with tenant_work(business) as session:
        reminder = session.scalar(text("SELECT id FROM core_reminder"))
        with pytest.raises(NotFound):
            snooze(session, crowd.member(business).member_id, reminder, until=soon())


@pytest.mark.parametrize(
    "wish", [{"offsets": [-1]}, {"offsets": [10**9]}, {"offsets": range(11)}, {"channels": ["pigeon"]}]
)
def test_nonsense_is_no_wish(wish):
    with pytest.raises(RuleViolated):
        Wish(**wish)


@pytest.mark.faults
@pytest.mark.parametrize(
    "fault", ["reminder.mailed", "delivery.begun", "delivery.handled", "delivery.committed"]
)
def test_a_worker_killed_on_the_way_reminds_once(
    planned: Runtime, processes_of: Callable[..., Processes], plan, remind, told, fault
):
    drain_until_quiet(planned)
    processes = processes_of(PLANNER)
    remind(plan("Budget"), clock.now() + timedelta(seconds=2), 0)
    with planned.database.control() as conn:
        conn.execute("UPDATE bus.delivery SET due_at = now() + interval '2 seconds' WHERE due_at > now()")
    processes.start("scheduler")
    processes.kill_worker_at(fault)

    processes.start("worker")
    assert wait_until(lambda: not wait_until_quiet(planned, 0) and all(told()), 120), processes.log

    assert told() == (["Budget"], ["Reminder: Budget"])
