"""Two who set the same settings at the same moment: one wins, the other hears of it; nothing is lost."""

import threading
from typing import Any

from charsu.db import tenant_work
from charsu.errors import Conflict
from charsu.events import SYSTEM
from charsu.events.cause import acting_as
from charsu.module_settings.changing import Change, change_settings
from charsu.records import full_access
from charsu_tenants.context import Tenant

from .shop import SETTINGS


def race(here: Tenant, changes: list[Change]) -> list[str]:
    """Each change in a thread and a unit of work of its own; how each ended."""
    ended: list[str] = []
    start = threading.Barrier(len(changes))

    def run(change: Change) -> None:
        try:
            with acting_as(SYSTEM), tenant_work(here) as session:
                start.wait()
                change_settings(session, SETTINGS, full_access(), change)
            ended.append("saved")
        except Conflict as refusal:
            ended.append(refusal.code)

    threads = [threading.Thread(target=run, args=[change]) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ended)


def test_of_several_first_changes_one_is_stored_and_the_others_are_told(here: Tenant, read: Any) -> None:
    ended = race(here, [Change(values={"days": days}, version=0) for days in (3, 4, 5, 6)])

    assert ended == ["saved", "stale", "stale", "stale"]
    assert read().days in (3, 4, 5, 6)


def test_changes_of_different_settings_without_a_version_all_stay(
    here: Tenant, change: Any, read: Any
) -> None:
    change({"greeting": "x"})

    ended = race(here, [Change(values={"days": 3}), Change(values={"name": "B"}), Change(reset=["greeting"])])

    assert ended == ["saved", "saved", "saved"]
    assert (read().days, read().name, read().greeting) == (3, "B", "")
