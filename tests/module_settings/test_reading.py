"""Settings as code reads them: defaults, what is set, what does not fit any more."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.errors import Conflict, RuleViolated
from charsu.events import SYSTEM
from charsu.module_settings.changing import Change, change_settings
from charsu.module_settings.sealing import seal, unseal
from charsu.records import full_access
from charsu.samples import add_samples, remove_samples
from charsu_tenants.context import Tenant
from charsu_tenants.registry import get_tenant

from .shop import SETTINGS

ALL: dict[str, Any] = {
    "name": "دکان",
    "greeting": "سلام\nخوش آمدید",
    "days": 7,
    "least_minor": 25_000,
    "opens_on": dt.date(2026, 3, 21),
    "mood": "loud",
    "closed": ["fri"],
    "is_open": False,
    "email": "a@example.com",
    "site": "https://example.com",
    "key": "s3cr3t-کلید",
}


def put(tenant: Tenant, **stored: Any) -> None:
    """Write past all rules, as an older version of the module might have."""
    with tenant_work(tenant) as session:
        session.execute(
            text("INSERT INTO core_module_settings VALUES ('shop', 4, CAST(:stored AS jsonb))"),
            {"stored": orjson.dumps(stored).decode()},
        )


def rows(tenant: Tenant) -> list[Any]:
    with tenant_work(tenant, read_only=True) as session:
        return list(session.execute(text("SELECT module, version, stored FROM core_module_settings")))


def test_defaults_hold_until_somebody_sets_something(read: Any) -> None:
    found = read()

    assert (found.name, found.days, found.least_minor, found.mood) == ("Shop", 14, 5_000, "calm")
    assert (found.greeting, found.closed, found.is_open) == ("", [], True)
    assert (found.opens_on, found.key, found.keeper_id) == (None, None, None)


def test_every_kind_comes_back_as_it_was_set(read: Any, change: Any) -> None:
    change(ALL)

    found = read()
    assert {name: getattr(found, name) for name in ALL} == ALL


def test_all_settings_take_one_statement_a_unit_of_work(
    here: Tenant, on_the_wire: Callable[..., int]
) -> None:
    with tenant_work(here) as session:
        session.execute(text("SELECT 1"))
        before = on_the_wire()
        for _again in range(3):
            SETTINGS.of(session)

        assert on_the_wire() - before == 1


def test_a_business_whose_core_is_behind_has_the_defaults(
    here: Tenant, on_the_wire: Callable[..., int]
) -> None:
    behind = {**here.modules, "core": replace(here.modules["core"], revision="0005")}

    with tenant_work(replace(here, modules=behind), read_only=True) as session:
        assert SETTINGS.of(session).days == 14
    assert on_the_wire() == 0


def test_a_unit_of_work_sees_what_it_changed(here: Tenant) -> None:
    with tenant_work(here) as session:
        before = SETTINGS.of(session).days
        change_settings(session, SETTINGS, full_access(), Change(values={"days": 5}))
        assert (before, SETTINGS.of(session).days) == (14, 5)


def test_what_does_not_fit_any_more_counts_as_not_set(here: Tenant, read: Any) -> None:
    put(here, days=400, mood="angry", least_minor="much", site="nowhere", name=None, key="1.AAAA", gone=3)

    found = read()
    assert (found.days, found.mood, found.least_minor, found.site) == (14, "calm", 5_000, None)
    assert (found.name, found.key) == ("Shop", None)


def test_names_the_module_does_not_know_any_more_stay_stored(here: Tenant, change: Any) -> None:
    put(here, gone=3)

    change({"days": 5})

    assert rows(here) == [("shop", 5, {"gone": 3, "days": 5})]


def test_only_what_differs_is_stored_and_a_reset_takes_it_away(here: Tenant, change: Any, read: Any) -> None:
    change({"days": 14, "name": "Shop", "mood": "loud"})
    assert rows(here) == [("shop", 1, {"mood": "loud"})]

    change(reset=["mood"])

    assert rows(here) == [("shop", 2, {})]
    assert read().mood == "calm"


def test_a_change_that_changes_nothing_writes_nothing(here: Tenant, change: Any, digest: Any) -> None:
    before = digest(here)

    assert change({"days": 14}).version == 0
    assert digest(here) == before


@pytest.mark.parametrize(
    ("values", "more", "field"),
    [
        ({"nowhere": 1}, {}, "nowhere"),
        ({}, {"reset": ["nowhere"]}, "nowhere"),
        ({"days": 3}, {"reset": ["days"]}, "days"),
        ({"name": None}, {}, "name"),
        ({"mood": "loud", "days": 31}, {}, "days"),
        ({"keeper_id": "0198c0de-0000-7000-8000-000000000000"}, {}, "keeper_id"),
    ],
)
def test_what_breaks_a_rule_is_refused_at_its_field(
    here: Tenant, change: Any, digest: Any, values: Any, more: Any, field: str
) -> None:
    before = digest(here)

    with pytest.raises(RuleViolated) as refusal:
        change(values, **more)

    assert refusal.value.field == field
    assert digest(here) == before


def test_of_two_changes_of_one_version_the_second_is_refused(change: Any, read: Any) -> None:
    seen = change({"days": 3}).version
    change({"days": 4}, version=seen)

    with pytest.raises(Conflict) as refusal:
        change({"days": 5}, version=seen)

    assert refusal.value.code == "stale"
    assert read().days == 4


def test_a_secret_is_stored_sealed_and_read_by_the_module_alone(here: Tenant, change: Any, read: Any) -> None:
    change({"key": "open-sesame"})

    ((_module, _version, stored),) = rows(here)
    assert "open-sesame" not in str(stored)
    assert read().key == "open-sesame"
    change({"key": None})
    assert (rows(here)[0].stored, read().key) == ({}, None)


def test_a_sealed_text_fits_its_place_alone(people: Any) -> None:
    sealed = seal("کلید", "shop.key")

    assert seal("کلید", "shop.key") != sealed
    assert unseal(sealed, "shop.key") == "کلید"
    for broken, place in ((sealed, "shop.name"), (sealed[:-6] + "AAAAA=", "shop.key"), ("1.!", "shop.key")):
        with pytest.raises(ValueError, match="sealed"):
            unseal(broken, place)


def test_settings_outlive_the_module_being_off_and_samples_going(
    runtime: Any, here: Tenant, change: Any, read: Any
) -> None:
    change({"days": 3})
    add_samples(here, SYSTEM)
    remove_samples(here, SYSTEM)
    with runtime.database.control() as conn:
        conn.execute(
            "UPDATE control.tenant_module SET state = 'disabled' WHERE module = 'shop' AND tenant_id = %s",
            [here.id],
        )
    assert "shop" not in get_tenant(runtime.database, here.id).modules

    assert read().days == 3


def test_the_neighbour_has_settings_of_her_own(other_tenant: Tenant, change: Any) -> None:
    change({"days": 3})

    with tenant_work(other_tenant, read_only=True) as session:
        assert SETTINGS.of(session).days == 14
