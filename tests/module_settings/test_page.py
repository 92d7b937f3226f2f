"""The page of a module's settings: every kind typed and shown, mistakes at their fields, who may."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from charsu.errors import RuleViolated
from charsu.process import Runtime
from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

from .shop import SETTINGS, shop_settings, shop_with

PAGE = "/settings/modules/shop"
TYPED = {
    "name": "Bakery",
    "greeting": "Hello",
    "days": "۷",
    "least_minor": "2500",
    "opens_on": "1405/01/01",
    "mood": "loud",
    "closed": "fri",
    "email": "A@Example.com",
    "site": "example.com",
    "key": "open-sesame",
    "keeper_id": "",
}


def version_of(page: str) -> str:
    found = re.search(r'name="settings_version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_what_is_typed_is_what_the_module_reads(browser: HostClient, read: Any) -> None:
    saved = browser.post(PAGE, data=TYPED)

    assert (saved.status_code, saved.location) == (303, PAGE)
    found = read()
    assert (found.name, found.days, found.mood, found.closed) == ("Bakery", 7, "loud", ["fri"])
    assert (found.least_minor, str(found.opens_on)) == (25_000, "2026-03-21")
    assert (found.email, found.site) == ("a@example.com", "https://example.com")
    assert (found.key, found.is_open) == ("open-sesame", False)


def test_the_page_shows_what_holds_and_never_a_secret(browser: HostClient) -> None:
    browser.post(PAGE, data=TYPED)

    page = browser.get(PAGE).text
    assert 'value="Bakery"' in page
    assert "open-sesame" not in page
    assert "Default: Shop" in page


def test_an_empty_secret_keeps_what_is_set(browser: HostClient, read: Any) -> None:
    browser.post(PAGE, data=TYPED)
    browser.post(PAGE, data={**TYPED, "key": "", "name": "Other"})

    assert (read().key, read().name) == ("open-sesame", "Other")


def test_mistakes_stand_at_their_fields_and_nothing_changes(
    browser: HostClient, tenant: Tenant, digest: Any
) -> None:
    before = digest(tenant)

    refused = browser.post(PAGE, data={**TYPED, "days": "400", "email": "nobody", "name": " "})

    assert refused.status_code == 422
    for name in ("days", "email", "name"):
        assert f'id="f-{name}-error"' in refused.text
    assert 'value="400"' in refused.text or "۴۰۰" in refused.text
    assert digest(tenant) == before


def test_a_rule_over_several_settings_is_told_at_its_field(browser: HostClient) -> None:
    refused = browser.post(PAGE, data={**TYPED, "days": "31"})

    assert refused.status_code == 422
    assert "Nobody is loud for so long." in refused.text
    assert 'id="f-days-error"' in refused.text


def test_one_setting_goes_back_to_its_default(browser: HostClient, read: Any) -> None:
    browser.post(PAGE, data=TYPED)

    reset = browser.post(f"{PAGE}/reset", data={"settings_reset": "days"})

    assert (reset.status_code, reset.location) == (303, PAGE)
    assert (read().days, read().name) == (14, "Bakery")
    browser.post(f"{PAGE}/reset", data={"settings_reset": "key"})
    assert read().key is None


def test_what_else_was_typed_stays_typed_when_one_goes_back(browser: HostClient, read: Any) -> None:
    browser.post(PAGE, data=TYPED)

    form = {**TYPED, "name": "Unsaved", "settings_version": "1", "settings_reset": "days"}
    page = browser.post(f"{PAGE}/reset", data=form)

    assert page.status_code == 200
    assert 'value="Unsaved"' in page.text
    assert (read().name, read().days) == ("Bakery", 14)
    assert version_of(page.text) == version_of(browser.get(PAGE).text)


def test_there_is_no_default_of_a_setting_there_is_not(browser: HostClient) -> None:
    assert browser.post(f"{PAGE}/reset", data={"settings_reset": "nowhere"}).status_code == 422
    assert browser.post(f"{PAGE}/reset", data={}).status_code == 422


def test_crossed_changes_stand_side_by_side_and_the_second_save_wins(browser: HostClient, read: Any) -> None:
    version = version_of(browser.get(PAGE).text)
    browser.post(PAGE, data={**TYPED, "settings_version": version})

    crossed = browser.post(PAGE, data={**TYPED, "name": "Mine", "settings_version": version})

    assert crossed.status_code == 409
    assert 'value="Mine"' in crossed.text
    assert "<bdi>Bakery</bdi>" in crossed.text
    assert "open-sesame" not in crossed.text
    again = {**TYPED, "name": "Mine", "settings_version": version_of(crossed.text)}
    assert browser.post(PAGE, data=again).status_code == 303
    assert read().name == "Mine"


@pytest.mark.parametrize("broken", ["x", "-1", "99999999999", "۹"])
def test_a_broken_version_is_one_that_crossed(browser: HostClient, broken: str) -> None:
    assert browser.post(PAGE, data={**TYPED, "settings_version": broken}).status_code == 409


def test_what_does_not_fit_any_more_is_shown_as_such(
    browser: HostClient, here: Tenant, tenant_work: Any, people: People
) -> None:
    with tenant_work(here) as session:
        session.execute(text("INSERT INTO core_module_settings VALUES ('shop', 1, '{\"days\": 400}')"))

    page = browser.get(PAGE).text
    assert "does not fit any more" in page
    assert 'value="14"' in page or "۱۴" in page


def test_only_who_may_change_settings_sees_them(people: People, tenant: Tenant) -> None:
    other = people.browser(people.member(tenant, ["core.module.manage"]))

    assert other.get(PAGE).status_code == 403
    assert other.post(PAGE, data=TYPED).status_code == 403
    assert other.post(f"{PAGE}/reset", data={"settings_reset": "days"}).status_code == 403
    assert PAGE not in other.get("/modules").text


def test_a_module_may_name_a_permission_of_its_own(runtime: Runtime, tenant: Tenant) -> None:
    with shop_with(runtime, tenant, lambda: shop_settings(permission="core.field.manage")) as people:
        holder = people.browser(people.member(tenant, ["core.field.manage"]))
        other = people.browser(people.member(tenant, ["core.settings.manage"]))

        assert holder.get(PAGE).status_code == 200
        assert other.get(PAGE).status_code == 403
        assert PAGE not in other.get("/settings").text


def test_settings_are_linked_while_the_module_is_on(
    browser: HostClient, people: People, tenant: Tenant
) -> None:
    assert PAGE in browser.get("/settings").text
    assert PAGE in browser.get("/modules").text

    assert browser.post("/modules/shop/deactivation").status_code == 303

    assert browser.get(PAGE).status_code == 404
    assert PAGE not in browser.get("/settings").text
    assert PAGE not in browser.get("/modules").text


def test_settings_that_raise_at_start_cost_only_their_page(runtime: Runtime, tenant: Tenant) -> None:
    def raising() -> object:
        raise ZeroDivisionError

    with shop_with(runtime, tenant, raising) as people:
        browser = people.browser(people.member(tenant))

        assert browser.get(PAGE).status_code == 503
        assert browser.get("/settings").status_code == 200
        assert browser.get("/modules").status_code == 200


def test_a_rule_that_fails_by_itself_costs_only_its_page(
    runtime: Runtime, tenant: Tenant, digest: Any
) -> None:
    def slip(_values: object) -> None:
        raise KeyError("slip")

    with shop_with(runtime, tenant, lambda: shop_settings(check=slip)) as people:
        browser = people.browser(people.member(tenant))

        for _again in range(6):
            assert browser.post(PAGE, data=TYPED).status_code == 503
        assert browser.get(PAGE).status_code == 200
        assert browser.get("/").status_code == 200


def test_a_refusal_about_no_setting_is_told_for_the_whole_form(runtime: Runtime, tenant: Tenant) -> None:
    def refuse(_values: object) -> None:
        raise RuleViolated("Not on Fridays.")

    with shop_with(runtime, tenant, lambda: shop_settings(check=refuse)) as people:
        page = people.browser(people.member(tenant)).post(PAGE, data=TYPED)

    assert page.status_code == 422
    assert "Not on Fridays." in page.text


@pytest.mark.parametrize("junk", ["\0", "x" * 100_000, "<script>", "\ud800", "٪"])
def test_junk_is_no_fault_of_ours(browser: HostClient, junk: str) -> None:
    for item in SETTINGS.fields:
        sent = {item.name: junk.encode("utf-8", "surrogatepass")}

        assert browser.post(PAGE, data=sent).status_code in (303, 400, 413, 422), item.name
