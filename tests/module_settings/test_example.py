"""The example of settings in docs/plugins.md: it passes its check, and does what the page says."""

from collections.abc import Callable
from pathlib import Path

from charsu.events import SYSTEM
from charsu.plugins.checking import check_plugin
from charsu.plugins.lifecycle import enable_module
from charsu.runtime import Runtime
from charsu.testing.clients import People
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "greeting"


def test_the_example_is_what_the_documentation_shows() -> None:
    code = (EXAMPLE / "charsu_greeting" / "plugin.py").read_text(encoding="utf-8").strip()

    assert code in (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")


def test_the_example_greets_in_the_words_that_are_set(
    with_plugins: Callable[..., Runtime], tenant: Tenant
) -> None:
    market = with_plugins(EXAMPLE)
    findings = [finding for finding in check_plugin(market, "greeting") if "tests is missing" not in finding]
    enable_module(tenant.id, "greeting", SYSTEM)
    people = People(market, Crossing(market))
    member = people.member(tenant)
    browser, program = people.browser(member), people.program(member)
    settings = "/api/v1/core/modules/greeting/settings"
    at_first = browser.get("/").text

    program.patch(settings, json={"values": {"words": "<b>Salam</b>"}})
    changed = browser.get("/").text
    program.patch(settings, json={"values": {"is_shown": False}})

    assert findings == []
    assert "Good morning!" in at_first
    assert "&lt;b&gt;Salam&lt;/b&gt;" in changed
    assert "Salam" not in browser.get("/").text
