"""A day in the calendar: set the holidays, plan a task, find it by keys, be done with it by one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from charsu.demo import EMAIL, PASSWORD, SLUG

from .conftest import Stack
from .looks import keep_screenshot, serious_faults

pytestmark = [pytest.mark.browser, pytest.mark.proof]

TITLES = {"fa": "تماس با خانم احمدی", "en": "Call Mrs Carter"}
SEED_SECONDS = 60
VIEWS = ("month", "week", "day", "agenda", "team")


def look(page: Page, name: str) -> None:
    """Keep a picture of the page and hold it to axe-core's serious rules."""
    keep_screenshot(page, name)
    assert serious_faults(page) == [], f"{name} ({page.url})"


def enter(page: Page, stack: Stack, locale: str) -> str:
    """Log in to the demo business, which the first start makes last, in the language of the journey."""
    home = stack.tenant_url(SLUG)
    for _ in range(SEED_SECONDS):
        answer = page.goto(f"{home}/login?lang={locale}")
        if answer is not None and answer.ok:
            break
        page.wait_for_timeout(1_000)
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{home}/")
    page.locator(f"button[name=lang][value={locale}]").first.evaluate(
        "button => button.form.requestSubmit(button)"
    )
    expect(page.locator("html")).to_have_attribute("lang", locale)
    return home


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_a_task_is_planned_found_and_finished_in_the_calendar(
    laptop: Page, stack: Stack, locale: str
) -> None:
    page, title = laptop, TITLES[locale]
    home = enter(page, stack, locale)

    page.goto(f"{home}/settings/calendar")
    page.locator("form[action$='/holidays/official'] button").click()
    expect(page.locator(".c-flashes")).to_be_visible()
    look(page, f"{locale}-calendar-01-holidays")

    page.goto(f"{home}/crm/tasks/calendar")
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/crm/tasks/new\?due_at="))
    page.fill("[name=title]", title)
    page.locator("main form:has([name=title]) [type=submit]").first.click()
    page.wait_for_url(lambda url: "/new" not in url)

    for view in VIEWS:
        page.goto(f"{home}/calendar?view={view}")
        expect(page.locator("main")).to_contain_text(title)
        look(page, f"{locale}-calendar-02-{view}")

    page.goto(f"{home}/calendar")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-cal-day][aria-current=date]")).to_be_focused()
    page.keyboard.press("PageDown")
    expect(page.locator("main")).not_to_contain_text(title)
    page.keyboard.press("t")
    expect(page.locator("main")).to_contain_text(title)

    page.goto(f"{home}/today")
    look(page, f"{locale}-calendar-03-today")
    page.locator("[data-due]", has_text=title).focus()
    page.keyboard.press("x")
    expect(page.locator(".c-flashes")).to_contain_text(title)
    expect(page.locator("[data-due]", has_text=title)).to_have_count(0)
