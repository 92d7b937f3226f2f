"""What a journey looks at: screenshots kept as artefacts, and axe-core's opinion of a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "artifacts" / "journeys"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


def keep_screenshot(page: Page, name: str) -> Path:
    """Save the whole page under artifacts/journeys and return where.

    The caret stays: hiding it takes an inline style, which the page's own policy rightly refuses.
    """
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    path = ARTIFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True, caret="initial")
    return path


def serious_faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical on this page: rule, and the first element of each.

    The script is evaluated through the debugger, so the page's own policy stays as strict as it is; its
    reading ahead of style sheets (`preload`) would write inline styles and is off.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations'], preload: false})"
    )
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]} ({fault['nodes'][0]['failureSummary'][:200]})"
        for fault in result["violations"]
        if fault["impact"] in SERIOUS
    ]
