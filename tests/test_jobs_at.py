"""A job with a time of day runs once a day at that time of each business's own clock."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from charsu.jobs import JobSpec
from charsu.process import Runtime
from charsu_tenants import schedules
from charsu_tenants.context import Tenant

JOB = "crm_core.close_the_day"


def planned(runtime: Runtime, at: dt.time) -> list[Any]:
    """Plan the job as a scheduler does, its time having come; when it will run."""
    plan = schedules.Plan(every=dt.timedelta(hours=12), scope="tenant", spread=dt.timedelta(), at=at)
    with runtime.database.control_autocommit() as conn:
        schedules.add_schedule(conn, JOB, first_in=dt.timedelta())
        conn.execute("UPDATE control.schedule SET next_at = now() WHERE name = %s", [JOB])
        assert schedules.start_due(conn, JOB, plan)
        rows = conn.execute("SELECT tenant, due_at, now() AS now FROM bus.delivery WHERE handler = %s", [JOB])
        return rows.fetchall()


@pytest.mark.parametrize("zone", ["Asia/Tehran", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("hour", [0, 3, 23])
def test_it_is_planned_for_the_next_time_the_clock_of_the_business_says_so(
    runtime: Runtime, tenant: Tenant, zone: str, hour: int
) -> None:
    with runtime.database.control() as conn:
        conn.execute("UPDATE control.tenant SET timezone = %s WHERE id = %s", [zone, tenant.id])

    (row,) = (row for row in planned(runtime, dt.time(hour)) if row["tenant"] == tenant.schema)

    assert row["due_at"].astimezone(ZoneInfo(zone)).time() == dt.time(hour)
    assert dt.timedelta() < row["due_at"] - row["now"] <= dt.timedelta(hours=25)


def test_planned_again_it_is_neither_doubled_nor_put_off(runtime: Runtime, tenant: Tenant) -> None:
    first = planned(runtime, dt.time(3))

    assert [row["due_at"] for row in planned(runtime, dt.time(3))] == [row["due_at"] for row in first]


def test_a_time_of_day_is_for_jobs_of_tenants_without_an_interval() -> None:
    for wrong in ({"every": dt.timedelta(days=1)}, {"scope": "platform"}):
        with pytest.raises(ValueError, match="`at` is for jobs of tenants"):
            JobSpec("close", print, at=dt.time(3), **wrong)  # type: ignore[arg-type]
