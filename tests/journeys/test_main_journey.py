"""The main journey, as an owner walks it: sign up, turn the club on, add a customer, sell, see the points."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Stack
from .looks import keep_screenshot, serious_faults

pytestmark = [pytest.mark.browser, pytest.mark.proof]

WORDS = {
    "fa": {
        "business": "گل‌فروشی باغچه",
        "owner": "نسرین صادقی",
        "customer": "علي كريمي",
        "found_by": "علی کریمی",
        "phone": "۰۹۱۲ ۳۴۵ ۶۷۸۹",
        "amount": "۲۵۰٬۰۰۰",
        "points": "۲۰ امتیاز",
        "language": "fa",
        "direction": "rtl",
    },
    "en": {
        "business": "Corner Flowers",
        "owner": "Nora Shaw",
        "customer": "Alice Carter",
        "found_by": "alice",
        "phone": "0912 345 6789",
        "amount": "250,000",
        "points": "20 points",
        "language": "en",
        "direction": "ltr",
    },
}
POINTS_SECONDS = 60


def submit(page: Page) -> None:
    """Press the main button of the form the page is about."""
    page.locator("main form:has(.btn-primary[type=submit]) .btn-primary[type=submit]").last.click()


def look(page: Page, name: str) -> None:
    """Keep a picture of the page and hold it to axe-core's serious rules."""
    keep_screenshot(page, name)
    assert serious_faults(page) == [], f"{name} ({page.url})"


def sign_up(page: Page, stack: Stack, locale: str) -> str:
    words = WORDS[locale]
    page.goto(f"{stack.base_url}/?lang={locale}")
    look(page, f"{locale}-01-landing")
    page.goto(f"{stack.base_url}/signup?lang={locale}")
    expect(page.locator("html")).to_have_attribute("dir", words["direction"])
    slug = f"flowers-{locale}"
    page.fill("[name=business_name]", words["business"])
    page.fill("[name=slug]", slug)
    page.fill("[name=owner_name]", words["owner"])
    page.fill("[name=email]", f"owner-{locale}@flowers.example")
    page.fill("[name=password]", "four quiet tulips")
    look(page, f"{locale}-02-sign-up")
    submit(page)
    page.wait_for_url(f"{stack.tenant_url(slug)}/")
    return stack.tenant_url(slug)


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_an_owner_signs_up_and_a_purchase_gives_her_customer_points(
    laptop: Page, stack: Stack, locale: str
) -> None:
    page, words = laptop, WORDS[locale]

    home = sign_up(page, stack, locale)

    expect(page.locator("html")).to_have_attribute("dir", words["direction"])
    expect(page.locator("main")).to_contain_text(words["owner"])
    look(page, f"{locale}-03-checklist")

    page.goto(f"{home}/modules")
    look(page, f"{locale}-04-modules")
    page.locator("main form[action*='/loyalty'] button").first.click()
    page.locator("nav a[href^='/loyalty/']").first.wait_for(state="attached")

    page.goto(f"{home}/loyalty/rule")
    expect(page.locator("[name=step]")).to_have_value(re.compile("^(۱۰۰٬۰۰۰|100,000)$"))
    look(page, f"{locale}-05-rule")

    page.goto(f"{home}/crm/customers")
    look(page, f"{locale}-06-no-customers")
    page.goto(f"{home}/crm/customers/new")
    page.fill("[name=full_name]", words["customer"])
    page.fill("[name=phone]", words["phone"])
    look(page, f"{locale}-07-new-customer")
    submit(page)
    page.wait_for_url(re.compile(r"/crm/customers/[0-9a-f-]{36}$"))
    profile = page.url

    page.goto(f"{home}/crm/customers?q={words['found_by']}")
    expect(page.locator("main")).to_contain_text(words["customer"])

    page.goto(profile)
    page.locator("main a[href*='purchases/new']").first.click()
    page.wait_for_url(re.compile("purchases/new"))
    page.fill("[name=amount]", words["amount"])
    look(page, f"{locale}-08-purchase")
    submit(page)
    page.wait_for_url(lambda url: "new" not in url)

    points = page.locator("main .c-stat-value", has_text=words["points"])
    page.goto(profile)
    for _ in range(POINTS_SECONDS * 4):
        if points.count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(points).to_be_visible()
    look(page, f"{locale}-09-points")

    page.goto(f"{home}/loyalty/ledger")
    expect(page.locator("main")).to_contain_text(words["customer"])
    look(page, f"{locale}-10-ledger")
