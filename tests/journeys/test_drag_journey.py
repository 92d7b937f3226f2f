"""Things moved by mouse and by keys: a deal through the stages of its board, a task from day to day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from charsu import clock

from .conftest import Stack
from .test_calendar_journey import enter
from .test_record_journey import goto_filled, look

pytestmark = [pytest.mark.browser, pytest.mark.proof]

#: What one worth so much adds to a total, in what the business sees; its stages weigh it by 10 and 30 %.
AMOUNT = 5_000_000
TITLES = {
    "fa": ("یخچال صنعتی", "چیدمان فروشگاه", "دیدار با تأمین‌کننده"),
    "en": ("Cold room", "Shop fitting", "Meet the supplier"),
}
NO_AMOUNT = {"fa": "مبلغ", "en": "amount"}


class Figures(NamedTuple):
    """What stands above a column."""

    count: int
    total: int
    weighted: int


def post(page: Page, path: str, form: Mapping[str, str]) -> str:
    """Send a form of the page's own site, as its script would; where it led to."""
    script = """async ([path, form]) => {
      const answer = await fetch(path, {method: "POST", body: new URLSearchParams(form)});
      return answer.ok ? answer.url : `${answer.status}`;
    }"""
    led: str = page.evaluate(script, [path, dict(form)])
    assert led.startswith("http"), f"{path}: {led}"
    return led


def add_deal(page: Page, home: str, title: str, **more: str) -> str:
    """A deal of the first customer in the first stage; its id."""
    goto_filled(page, f"{home}/crm/customers", "tbody tr")
    customer = str(page.locator("tbody td.is-main a").first.get_attribute("href")).rpartition("/")[2]
    form = {"title": title, "customer_id": customer, **more}
    return post(page, f"{home}/crm/deals/new", form).rpartition("/")[2]


def column_of(page: Page, deal: str) -> int:
    """The place of the column a deal stands in."""
    columns = page.locator("[data-column]")
    script = "(all, key) => all.findIndex((one) => one.querySelector(`[data-card='${key}']`))"
    place: int = columns.evaluate_all(script, deal)
    return place


def figures(page: Page, place: int) -> Figures:
    """What stands above a column now; amounts as the digits that are written."""
    column = page.locator("[data-column]").nth(place)
    names = ("[data-count]", "[data-total]", "[data-weighted]")
    written = (re.sub(r"\D", "", column.locator(name).text_content() or "") for name in names)
    return Figures(*(int(text or 0) for text in written))


def drag(page: Page, thing: Locator, place: Locator) -> None:
    """Take a thing in its middle and drop it near the head of a place, as a hand does."""
    thing.scroll_into_view_if_needed()
    start, end = thing.bounding_box(), place.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 30, steps=12)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 34, steps=3)
    page.mouse.up()


def list_of(page: Page, place: int) -> Locator:
    return page.locator("[data-column]").nth(place).locator("[data-cards]")


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_a_deal_is_dragged_moved_by_keys_and_refused_by_a_stage(
    laptop: Page, stack: Stack, locale: str
) -> None:
    page = laptop
    home = enter(page, stack, locale)
    worth = add_deal(page, home, TITLES[locale][0], amount_minor=str(AMOUNT))
    bare = add_deal(page, home, TITLES[locale][1])
    goto_filled(page, f"{home}/crm/deals/board", "[data-card]")
    card = page.locator(f"[data-card='{worth}']")
    assert (column_of(page, worth), column_of(page, bare)) == (0, 0)

    # By mouse to the second column: both heads tell the new figures, and so does the page drawn anew.
    before = [figures(page, 0), figures(page, 1)]
    drag(page, card, list_of(page, 1))
    expect(list_of(page, 1).locator(f"[data-card='{worth}']:not(.is-busy)")).to_have_count(1)
    expect(page.locator("[data-board-status]")).not_to_be_empty()
    look(page, f"{locale}-drag-01-board")
    after = [figures(page, 0), figures(page, 1)]
    assert after[0].count == before[0].count - 1
    assert after[1].count == before[1].count + 1
    assert after[0].total == before[0].total - AMOUNT
    assert after[1].total == before[1].total + AMOUNT
    assert after[0].weighted == before[0].weighted - AMOUNT * 10 // 100
    assert after[1].weighted == before[1].weighted + AMOUNT * 30 // 100
    page.reload()
    assert [figures(page, 0), figures(page, 1)] == after
    assert column_of(page, worth) == 1

    # By keys back: the arrow that points to the first column in either language.
    card.focus()
    page.keyboard.press("Shift+ArrowRight" if locale == "fa" else "Shift+ArrowLeft")
    expect(list_of(page, 0).locator(f"[data-card='{worth}']:not(.is-busy)")).to_have_count(1)
    expect(card).to_be_focused()
    assert [figures(page, 0), figures(page, 1)] == before

    # By keys, asked where to.
    page.keyboard.press("m")
    page.locator("[data-move-dialog][open] button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(list_of(page, 1).locator(f"[data-card='{worth}']:not(.is-busy)")).to_have_count(1)
    assert [figures(page, 0), figures(page, 1)] == after

    # The third stage asks for an amount: the card goes back, and the reason is told.
    third = figures(page, 2)
    drag(page, page.locator(f"[data-card='{bare}']"), list_of(page, 2))
    expect(page.locator("[data-toast]")).to_be_visible()
    expect(page.locator("[data-toast]")).to_contain_text(re.compile(NO_AMOUNT[locale], re.IGNORECASE))
    expect(list_of(page, 0).locator(f"[data-card='{bare}']:not(.is-busy)")).to_have_count(1)
    look(page, f"{locale}-drag-02-refused")
    assert [figures(page, 0), figures(page, 1), figures(page, 2)] == [*after, third]
    page.reload()
    assert column_of(page, bare) == 0


@pytest.mark.parametrize("locale", ["fa", "en"])
def test_a_task_is_dragged_to_another_day_and_moved_by_a_key(laptop: Page, stack: Stack, locale: str) -> None:
    page, title = laptop, TITLES[locale][2]
    home = enter(page, stack, locale)
    page.goto(f"{home}/crm/tasks/calendar?view=week")
    days = [str(one.get_attribute("data-cal-drop")) for one in page.locator("[data-cal-drop]").all()]
    task = post(page, f"{home}/crm/tasks/new", {"title": title, "due_at": f"{days[1]} 10:30"}).rpartition(
        "/"
    )[2]

    for view, start, to in (("week", days[1], days[4]), ("month", days[4], days[2])):
        page.goto(f"{home}/crm/tasks/calendar?view={view}&on={days[3]}")
        entry = page.locator(f"[data-cal-drop='{start}'] [data-move-url*='{task}']")
        drag(page, entry, page.locator(f"[data-cal-drop='{to}']"))
        moved = page.locator(f"[data-cal-drop='{to}'] [data-move-url*='{task}']")
        expect(moved).to_have_count(1)
        expect(page.locator(".c-flashes")).to_contain_text(title)
        expect(moved).to_be_focused()
        expect(moved.locator("time")).to_have_text(re.compile("10:30|۱۰:۳۰"))
        look(page, f"{locale}-drag-03-{view}")

    # Changed by somebody meanwhile: nothing is moved, and the form asks once more.
    dialog = page.locator("[data-cal-move-dialog][open]")
    moved.evaluate("entry => { entry.dataset.version = '2020-01-01T00:00:00+00:00'; }")
    drag(page, moved, page.locator(f"[data-cal-drop='{days[6]}']"))
    expect(dialog.locator("[name=to]")).to_be_visible()
    expect(page.locator("[data-toast]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(moved).to_be_focused()

    page.keyboard.press("v")
    expect(dialog.locator("[name=to]")).to_be_focused()
    look(page, f"{locale}-drag-04-dialog")
    page.keyboard.type(days[5])
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-cal-drop='{days[5]}'] [data-move-url*='{task}']")).to_be_focused()

    # Without a drag and without scripts: from the entry's own page.
    page.goto(f"{home}/crm/tasks/{task}")
    page.locator("main .c-menu summary").first.click()
    page.locator(f"main a[href*='/calendar/{task}/move']").click()
    page.locator("main [name=to]").fill((clock.now() + timedelta(days=400)).date().isoformat())
    look(page, f"{locale}-drag-05-form")
    page.locator("main form[data-cal-move-form] button[type=submit]").click()
    page.wait_for_url(re.compile(rf"/crm/tasks/{task}$"))
    expect(page.locator(".c-flashes")).to_contain_text(title)


def press_and_pull(page: Page, thing: Locator, across: float, down: float) -> None:
    """With a finger: hold a thing until it is taken, and let it go so far away."""
    box = thing.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x + right, "y": y + below} for right, below in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (0, 0))
    expect(thing).to_have_class(re.compile("is-dragged"))
    for step in range(1, 6):
        touch("touchMove", (across * step / 5, down * step / 5))
    touch("touchEnd")


def test_a_drag_down_the_hours_changes_the_time_of_one_day_alone(laptop: Page, stack: Stack) -> None:
    page, title = laptop, TITLES["en"][2]
    home = enter(page, stack, "en")
    page.goto(f"{home}/crm/tasks/calendar?view=week")
    days = [str(one.get_attribute("data-cal-drop")) for one in page.locator("[data-cal-drop]").all()]
    form = {"title": title, "due_at": f"{days[1]} 10:30", "recurrence": "daily"}
    task = post(page, f"{home}/crm/tasks/new", form).rpartition("/")[2]
    page.goto(f"{home}/crm/tasks/calendar?view=week&on={days[3]}")
    hour = page.locator(".c-times-slots").first.evaluate(
        "slots => slots.getBoundingClientRect().height / Number(slots.dataset.calMinutes) * 60"
    )
    dialog = page.locator("[data-cal-move-dialog][open]")

    def cell(number: int) -> Locator:
        return page.locator(f"[data-cal-drop='{days[number]}']")

    # With the mouse: the third day, two hours and a quarter later, and no other one.
    third = cell(3).locator(f"[data-move-url*='{task}']")
    box = third.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.move(box["x"] + 20, box["y"] + 6 + 2.25 * hour, steps=8)
    page.mouse.up()
    expect(dialog.locator("[name=at]")).to_have_value("12:45")
    dialog.locator("button[type=submit]").click()
    expect(cell(3).get_by_role("link", name=title)).to_contain_text("12:45")
    expect(cell(4).get_by_role("link", name=title)).to_contain_text("10:30")

    # With a finger: what stands by itself now needs no question.
    page.reload()
    press_and_pull(page, cell(3).get_by_role("link", name=title), 0, -hour)
    expect(cell(3).get_by_role("link", name=title)).to_contain_text("11:45")
