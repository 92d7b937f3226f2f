"""The kit for authors: what `plugin new` writes works as it is, `plugin check` finds what is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.errors import Conflict, RuleViolated
from charsu.events import SYSTEM
from charsu.plugins.checking import check_plugin
from charsu.plugins.lifecycle import enable_module
from charsu.plugins.scaffold import write_plugin
from charsu.process import Runtime
from charsu.samples import add_samples, remove_samples
from charsu.testing.clients import People
from charsu.web.crossing import Crossing
from charsu_tenants.registry import create_tenant, get_tenant

SHELF = Path(__file__).parent / "hostile_plugins"


def test_a_new_plugin_passes_its_check_and_works(
    tmp_path: Path, with_plugins: Callable[..., Runtime], runtime: Runtime
) -> None:
    folder = write_plugin("wall_notes", tmp_path)
    market = with_plugins(folder)
    business = create_tenant(market.database, slug="with-notes", name="With notes")

    findings = check_plugin(market, "wall_notes")
    enable_module(business.id, "wall_notes", SYSTEM)
    business = get_tenant(market.database, business.id)
    people = People(market, Crossing(market))
    member = people.member(business)
    pinned = people.program(member).post("/api/v1/wall_notes/notes", json={"text": " milk is out "})
    add_samples(business, SYSTEM)
    page = people.browser(member).get("/wall_notes/")
    refused = people.browser(member).post("/wall_notes/", data={"text": ""})
    remove_samples(business, SYSTEM)

    assert findings == []
    assert (pinned.status_code, pinned.json["text"]) == (201, "milk is out")
    assert "milk is out" in page.text
    assert "Sara" in page.text
    assert refused.status_code == 422
    with tenant_work(business, read_only=True) as session:
        assert session.execute(text("SELECT type FROM core_event")).scalars().all() == [
            "wall_notes_note.pinned"
        ]
        assert session.execute(text("SELECT count(*) FROM wall_notes_note")).scalar_one() == 1


def test_a_new_plugin_brings_tests_of_its_own(tmp_path: Path) -> None:
    folder = write_plugin("wall_notes", tmp_path)

    names = re.findall(r"def (test_\w+)", (folder / "tests" / "test_notes.py").read_text(encoding="utf-8"))

    assert len(names) == 5


@pytest.mark.parametrize("name", ["", "Wall", "core", "9lives", "a" * 31, "../escape", "two words"])
def test_a_plugin_needs_a_name_that_can_be_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(RuleViolated):
        write_plugin(name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_plugin_is_not_written_over_another(tmp_path: Path) -> None:
    write_plugin("wall_notes", tmp_path)

    with pytest.raises(Conflict):
        write_plugin("wall_notes", tmp_path)


def test_the_first_party_plugins_pass_their_check(runtime: Runtime) -> None:
    assert {plugin.name: check_plugin(runtime, plugin.name) for plugin in runtime.plugins.loaded} == {
        "crm_core": [],
        "loyalty": [],
    }


def test_what_is_wrong_with_a_plugin_is_found(with_plugins: Callable[..., Runtime]) -> None:
    market = with_plugins(SHELF / "sloppy", SHELF / "fromthefuture")

    findings = "\n".join(check_plugin(market, "sloppy"))

    for part in (
        "README.md is missing",
        "table elsewhere_thing does not begin with sloppy_",
        "revisions make table elsewhere_thing",
        "revisions change table core_setting",
        "model and revisions of sloppy_item differ in colour",
        "no revision makes table sloppy_ghost",
        "downgrade leaves elsewhere_thing",
        "waits for comet.seen, which no module declares",
        "reaction look does not take (ctx, event)",
        "job sweep does not take ctx first",
    ):
        assert part in findings, findings
    assert check_plugin(market, "fromthefuture") == [
        "fromthefuture can not be used: requires Charsu >=99, this is 0.1.0"
    ]
    assert check_plugin(market, "nowhere") == ["nowhere is not installed"]
