"""A day in the CRM: lists by keys, a page, a deal moved on, an import taken back, a merge undone, Ctrl-K."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Stack
from .looks import keep_screenshot, serious_faults
from .test_calendar_journey import enter

pytestmark = [pytest.mark.browser, pytest.mark.proof]

#: Whom the table brings, what she said, and her name with a slip, as typed after Ctrl-K.
WORDS = {
    "fa": {"new": "پگاه آسمانی", "call": "قرار شد فردا دوباره تماس بگیریم", "typo": "پکاه"},
    "en": {"new": "Wendy Windmill", "call": "She wants us to call again", "typo": "Windnill"},
}
TABLE = {
    "fa": "نام,تلفن,تاریخ تولد\nپگاه آسمانی,۰۹۱۲۷۷۷۰۰۰۱,۱۳۷۰/۰۵/۱۲\nکيان كوهي,09127770002,\n,09127770003,\n",
    "en": "Name,Phone,Birthday\nWendy Windmill,+44 20 7946 0011,1990-03-21\n"
    "Abel Able,+442079460012,\n,+442079460013,\n",
}
WORK_SECONDS = 60


def look(page: Page, name: str) -> None:
    """Keep a picture of the page and hold it to axe-core's serious rules."""
    keep_screenshot(page, name)
    assert serious_faults(page) == [], f"{name} ({page.url})"


def goto_filled(page: Page, url: str, thing: str) -> None:
    """Open a page of the demo business once its sample data are there: the first start adds them last."""
    for _ in range(WORK_SECONDS):
        page.goto(url)
        if page.locator(thing).count():
            return
        page.wait_for_timeout(1_000)
    pytest.fail(f"{url} stays empty")


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_a_customer_is_found_by_keys_and_a_call_is_logged(laptop: Page, stack: Stack, locale: str) -> None:
    page = laptop
    home = enter(page, stack, locale)

    goto_filled(page, f"{home}/crm/customers", "tbody tr")
    look(page, f"{locale}-records-01-list")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tbody input[type=checkbox]:checked")).to_have_count(1)
    look(page, f"{locale}-records-02-selected")
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/customers/[0-9a-f-]{36}$"))
    look(page, f"{locale}-records-03-customer")

    log = page.locator("details[name=log]").first
    log.locator("summary").click()
    log.locator("textarea").fill(WORDS[locale]["call"])
    log.locator("button[name=outcome]").first.click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(WORDS[locale]["call"])


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_a_deal_is_moved_on_without_a_mouse(laptop: Page, stack: Stack, locale: str) -> None:
    page = laptop
    home = enter(page, stack, locale)

    goto_filled(page, f"{home}/crm/deals/board", "[data-card]")
    look(page, f"{locale}-records-04-board")
    card = page.locator("[data-card]").first
    key = card.get_attribute("data-card")
    before = page.locator(f"[data-column]:has([data-card='{key}'])").get_attribute("data-column")
    page.goto(f"{home}/crm/deals/board/{key}/move")
    choice = page.locator("main form button[name=value]:not([disabled])").first
    wanted = choice.get_attribute("value")
    choice.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/crm/deals/board(\?|$)"))

    now = page.locator(f"[data-column]:has([data-card='{key}'])").get_attribute("data-column")
    assert (now, before != now) == (wanted, True)


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_a_table_is_imported_and_taken_back(laptop: Page, stack: Stack, locale: str, tmp_path: Path) -> None:
    page, words = laptop, WORDS[locale]
    home = enter(page, stack, locale)
    table = tmp_path / "customers.csv"
    table.write_text(TABLE[locale], encoding="utf-8")

    page.goto(f"{home}/crm/customers/import")
    page.set_input_files("[name=file]", table)
    page.locator("main form[enctype] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/import/[0-9a-f-]{36}"))
    look(page, f"{locale}-records-05-columns")
    page.locator("main form[action$='/columns'] .btn-primary").first.click()
    page.locator("table.c-preview").wait_for(timeout=WORK_SECONDS * 1000)
    expect(page.locator("table.c-preview")).to_contain_text(words["new"])
    look(page, f"{locale}-records-06-preview")
    page.locator("main form[action$='/start'] button").click()
    undo = page.locator("main form[action$='/reversal'] button")
    undo.wait_for(timeout=WORK_SECONDS * 1000)
    look(page, f"{locale}-records-07-imported")

    find_by_palette(page, words["typo"], words["new"], f"{locale}-records-08-palette")
    outcome = page.url
    page.goto(f"{home}/crm/customers?q={words['new']}")
    expect(page.locator("tbody")).to_contain_text(words["new"])

    page.goto(outcome)
    undo.click()
    page.locator("[data-confirm-yes]").click()
    expect(undo).to_have_count(0)
    for _ in range(WORK_SECONDS):
        page.goto(f"{home}/crm/customers?q={words['new']}")
        if words["new"] not in page.locator("main").inner_text():
            return
        page.wait_for_timeout(1_000)
    pytest.fail("the import was not taken back")


def find_by_palette(page: Page, typed: str, wanted: str, name: str) -> None:
    """Type, with a slip, into the palette; the wanted record stands among what it offers."""
    page.keyboard.press("Control+k")
    page.keyboard.type(typed)
    expect(page.locator("dialog[open] [role=option]", has_text=wanted).first).to_be_visible()
    look(page, name)
    page.keyboard.press("Escape")


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_two_customers_become_one_and_two_again(laptop: Page, stack: Stack, locale: str) -> None:
    page = laptop
    home = enter(page, stack, locale)
    rows = page.locator("tbody td.is-main a")

    goto_filled(page, f"{home}/crm/customers?sort=full_name", "tbody tr")
    names = [" ".join(rows.nth(at).locator("bdi").first.inner_text().split()) for at in (0, 1)]
    keys = [str(rows.nth(at).get_attribute("href")).rpartition("/")[2] for at in (0, 1)]
    page.goto(f"{home}/crm/customers/merge?id={keys[0]}&id={keys[1]}")
    look(page, f"{locale}-records-09-merge")
    page.locator("main form .btn-primary").click()
    page.wait_for_url(lambda url: not url.endswith("/merge") and "?id=" not in url)
    page.goto(f"{home}/crm/customers?sort=full_name")
    expect(page.locator("tbody")).not_to_contain_text(names[1])

    page.goto(f"{home}/crm/customers/{keys[0]}/history")
    page.locator("main a[href*='/merges/']").first.click()
    page.locator("main form[action$='/reversal'] button").click()
    page.locator("[data-confirm-yes]").click()
    page.wait_for_url(re.compile(rf"/crm/customers/{keys[1]}$"))
    page.goto(f"{home}/crm/customers?sort=full_name")
    expect(page.locator("tbody")).to_contain_text(names[1])
