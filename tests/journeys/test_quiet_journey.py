"""Refused forms, swapped parts, dialogs and error pages: none writes to the console, and keys find back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Stack
from .test_calendar_journey import enter
from .test_record_journey import goto_filled

pytestmark = [pytest.mark.browser, pytest.mark.proof]

#: Forms that refuse to be sent empty.
FORMS = (
    "/crm/customers/new",
    "/crm/deals/new",
    "/crm/tasks/new",
    "/crm/interactions/new",
    "/roles/new",
    "/settings/fields/new?type=crm.customer&kind=choice",
    "/teams",
    "/tokens",
    "/crm/customers/import",
)
LOST = ("/nowhere", "/today/completion", "/crm/customers?where=nonsense", "/password/reset/nope")
REFUSAL = "main :is(.c-error, .c-notice.is-bad)"


def send_empty(page: Page, url: str) -> None:
    """Send the last form of a page with nothing in it, past the browser's own checks, and see it refused."""
    page.goto(url)
    page.evaluate(
        """() => document.querySelectorAll("main form").forEach((form) => {
            form.noValidate = true;
            form.querySelectorAll("input[type=text], input[type=email], input:not([type]), textarea")
                .forEach((field) => { field.value = ""; });
        })"""
    )
    page.locator("main form .btn-primary").last.click()
    expect(page.locator(REFUSAL).first).to_be_visible()


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_refusals_and_swaps_leave_the_console_quiet(laptop: Page, stack: Stack, locale: str) -> None:
    """`laptop` fails the test for what stood in the console, refusals of the policy among it."""
    page = laptop
    send_empty(page, f"{stack.base_url}/signup?lang={locale}")
    home = enter(page, stack, locale)
    goto_filled(page, f"{home}/crm/customers", "tbody tr")

    for path in FORMS:
        send_empty(page, home + path)
    for path in LOST:
        page.goto(home + path)
        expect(page.locator("main h1")).to_be_visible()

    page.goto(f"{home}/crm/customers")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[data-search]").fill("zzqq")
    expect(page.locator("#records .c-empty")).to_be_visible()
    page.goto(f"{home}/crm/customers")
    page.locator("tbody td.is-main a").first.click()
    page.locator("#timeline .c-kinds a").last.click()
    expect(page.locator("#timeline .c-kinds a[aria-current]").last).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("09")
    expect(page.get_by_role("option").first).to_be_visible()
    page.goto(f"{home}/api/docs")
    expect(page.locator(".swagger-ui .opblock").first).to_be_visible()


@pytest.mark.parametrize("locale", ["en"])
def test_the_way_by_keys_leads_back_to_where_it_began(laptop: Page, stack: Stack, locale: str) -> None:
    page = laptop
    home = enter(page, stack, locale)
    goto_filled(page, f"{home}/crm/customers", "tbody tr")

    opener = page.locator(".c-page-head details[data-menu] > summary")
    opener.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".c-page-head details[open] .c-menu-list a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(page.locator(".c-page-head details[open]")).to_have_count(0)

    page.goto(f"{home}/modules")
    asking = page.locator("main form[data-confirm] button").first
    asking.focus()
    page.keyboard.press("Enter")
    # What can not be taken lightly is not what a second Enter does.
    expect(page.locator("dialog[open] button[value=no]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(asking).to_be_focused()
    expect(page).to_have_url(re.compile("/modules$"))
