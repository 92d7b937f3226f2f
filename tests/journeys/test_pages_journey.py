"""Every page of a shop owner, on a phone in the dark and a laptop in the light: readable, and never wider."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize

from .conftest import Stack
from .looks import keep_screenshot, serious_faults
from .test_calendar_journey import enter
from .test_record_journey import goto_filled

pytestmark = [pytest.mark.browser, pytest.mark.proof]

#: By the names of their pictures; what other journeys see on a laptop is seen on a phone here.
PAGES = {
    "dashboard": "/",
    "list": "/crm/customers",
    "filter": "/crm/customers?add=birthday_on",
    "form": "/crm/customers/new",
    "deals": "/crm/deals",
    "board": "/crm/deals/board",
    "pipelines": "/crm/setup/pipelines",
    "task": "/crm/tasks/new",
    "purchases": "/crm/purchases",
    "month": "/calendar",
    "week": "/calendar?view=week",
    "today": "/today",
    "import": "/crm/customers/import",
    "duplicates": "/crm/customers/duplicates",
    "search": "/search?q=0900",
    "bin": "/bin",
    "audit": "/audit",
    "notifications": "/notifications",
    "fields": "/settings/fields",
    "hours": "/settings/calendar",
    "roles": "/roles",
    "role": "/roles/new",
    "teams": "/teams",
    "members": "/members",
    "tokens": "/tokens",
    "modules": "/modules",
    "settings": "/settings",
    "club settings": "/settings/modules/loyalty",
    "account": "/account",
    "rule": "/loyalty/rule",
    "ledger": "/loyalty/ledger",
    "lost": "/nowhere",
}
PHONE = ViewportSize(width=390, height=844)
LAPTOP = ViewportSize(width=1280, height=800)


def faults_of(page: Page, name: str) -> list[str]:
    """What is wrong with the page: axe-core's serious rules, and scrolling sideways."""
    keep_screenshot(page, name)
    wide, seen = page.evaluate(
        "() => ['scrollWidth', 'clientWidth'].map(name => document.documentElement[name])"
    )
    found = [f"{name}: {fault}" for fault in serious_faults(page)]
    return [*found, f"{name}: {wide} px wide on {seen}"] if wide > seen else found


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_every_page_is_readable_on_a_phone_and_in_the_dark(laptop: Page, stack: Stack, locale: str) -> None:
    page = laptop
    home = enter(page, stack, locale)
    goto_filled(page, f"{home}/crm/deals/board", "[data-card]")

    faults = []
    for name, path in PAGES.items():
        page.goto(home + path)
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        faults += faults_of(page, f"{locale}-pages-{name}-phone")
        page.set_viewport_size(LAPTOP)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        faults += faults_of(page, f"{locale}-pages-{name}-laptop")

    assert faults == []
