"""The kit for authors: what `plugin new` writes works as it is, `plugin check` finds what is wrong."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import text

from charsu.db import tenant_work
from charsu.errors import Conflict, RuleViolated
from charsu.events import SYSTEM
from charsu.module_settings import ModuleSettings
from charsu.plugins import Manifest
from charsu.plugins.checking import check_plugin
from charsu.plugins.lifecycle import enable_module
from charsu.plugins.scaffold import write_plugin
from charsu.process import Runtime, use_runtime
from charsu.records import TextField
from charsu.samples import add_samples, remove_samples
from charsu.testing.clients import People
from charsu.testing.planting import make_plugin, plant
from charsu.text.catalogues import find_faults
from charsu.web.crossing import Crossing
from charsu_tenants.registry import create_tenant, get_tenant

SHELF = Path(__file__).parent / "hostile_plugins"
DOCS = Path(__file__).parents[1] / "docs" / "plugins.md"
PERSIAN = Path("locale", "fa", "LC_MESSAGES", "messages.po")


def first_block(page: Path) -> str:
    """The first fenced block of a page."""
    return page.read_text(encoding="utf-8").split("```")[1]


def test_a_new_plugin_passes_its_check_and_works(
    tmp_path: Path, with_plugins: Callable[..., Runtime], runtime: Runtime
) -> None:
    folder = write_plugin("wall_notes", tmp_path, persian="یادداشت")
    market = with_plugins(folder)
    business = create_tenant(market.database, slug="with-notes", name="With notes")

    findings = check_plugin(market, "wall_notes")
    enable_module(business.id, "wall_notes", SYSTEM)
    business = get_tenant(market.database, business.id)
    people = People(market, Crossing(market))
    member = people.member(business)
    made = people.program(member).post("/api/v1/wall_notes/wall_notes", json={"title": "milk is out"})
    add_samples(business, SYSTEM)
    page = people.browser(member).get("/wall_notes/wall_notes")
    refused = people.browser(member).post("/wall_notes/wall_notes/new", data={"title": ""})
    remove_samples(business, SYSTEM)

    assert findings == []
    assert made.status_code == 201
    assert (made.get_json()["title"], made.get_json()["state"]) == ("milk is out", "open")
    assert "milk is out" in page.text
    assert "یک نمونه" in page.text, "written in the language of the business"
    assert refused.status_code == 422
    with tenant_work(business, read_only=True) as session:
        assert "wall_note.created" in session.execute(text("SELECT type FROM core_event")).scalars().all()
        assert session.execute(text("SELECT title FROM wall_notes_wall_note")).scalars().all() == [
            "milk is out"
        ]


def test_a_new_plugin_speaks_persian_too(tmp_path: Path) -> None:
    folder = write_plugin("notes", tmp_path, persian="یادداشت")

    package = folder / "charsu_notes"
    words = {
        message.id: message.string for message in read_po((package / PERSIAN).read_text("utf-8").splitlines())
    }

    assert list(find_faults("charsu_notes", package)) == []
    assert (words["Note"], words["Notes"]) == ("یادداشت", "یادداشت\N{ZERO WIDTH NON-JOINER}ها")


@pytest.mark.proof
def test_every_command_of_the_documentation_works(
    tmp_path: Path, runtime: Runtime, fresh_python: Callable[..., tuple[int, str]]
) -> None:
    commands = re.findall(r"^(?:charsu|pip|pytest) [^#\n]+", first_block(DOCS), re.MULTILINE)
    create_tenant(runtime.database, slug="demo", name="Demo", modules=runtime.plugins.lineages)

    done = {command.strip(): fresh_python(*shlex.split(command)) for command in commands}

    assert len(done) == 6
    for command, (code, said) in done.items():
        assert code == 0, f"{command}: {said}"
    assert "all is well" in done["charsu plugin check visits"][1]
    assert re.search(r"\b12 passed", done["pytest visits"][1])
    with runtime.database.control() as conn:
        states = conn.execute(
            "SELECT m.state FROM control.tenant_module m JOIN control.tenant t ON t.id = m.tenant_id"
            " WHERE t.slug = 'demo' AND m.module = 'visits'"
        ).fetchall()
    assert [dict(row)["state"] for row in states] == ["enabled"]


@pytest.mark.parametrize("name", ["", "Wall", "core", "9lives", "a" * 31, "../escape", "two words"])
def test_a_plugin_needs_a_name_that_can_be_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(RuleViolated):
        write_plugin(name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_bad_noun_is_refused_with_one_that_would_do(tmp_path: Path) -> None:
    with pytest.raises(RuleViolated, match=r"bad noun 'repair order'.*, such as repair_order"):
        write_plugin("repairs", tmp_path, noun="repair order")


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


def test_what_is_wrong_with_a_record_type_is_found(with_plugins: Callable[..., Runtime]) -> None:
    market = with_plugins(SHELF / "careless")

    findings = "\n".join(check_plugin(market, "careless"))

    for part in (
        "careless.thing: title of field state, 'State', is plain text and stays so in every language",
        "careless.thing: option new of field state, 'Brand new', is plain text",
        "careless.thing: plural_title, 'A made up title', is in no catalogue",
        "charsu_careless fa: 'Thing', 'Title', 'Phone' and 2 more are missing",
        "field buyer_id leads to crm.custmer, which no installed module declares; did you mean crm.customer?",
        "careless.thing: field seller_id leads to crm.customer: name crm_core in `requires` or `optional`",
        "careless.thing: board names amount, which is no field",
        "careless.thing: calendar.start_field names titel, which is no field; did you mean title?",
        "careless.thing: field title is in section nowhere",
        "careless.thing: field title names the record: set is_searched",
        "careless.thing: wirte is no verb of the kit",
        "careless.thing: its template for page, careless/thing.html, is not in templates/",
        "careless.thing: field phone has no column in careless_thing",
        "careless.thing: careless_thing lacks deleted_at, search_text, which every record has",
        "settings: option dark of shade, 'Dark as night', is plain text",
        "setting buyer_id leads to crm.customer, whose records are merged and deleted",
        "careless.thing: field code is a secret, which only settings keep",
        "permission careless.thing.polish is for the role managr",
        "plugin.py asks for permission careless.thing.raed, which no module declares; did you mean",
    ):
        assert part in findings, f"{part}\n---\n{findings}"


def test_what_fails_only_in_use_is_found(with_plugins: Callable[..., Runtime]) -> None:
    market = with_plugins(SHELF / "clumsy")

    findings = check_plugin(market, "clumsy")

    for part in (
        "charsu_clumsy/plugin.py names the icon tol, which Charsu does not have; did you mean tools?",
        "event CupBroken is given by no hook: name it in `events`",
        "hook settings fails: LookupError: no settings at hand",
        "hook nav_items fails: ValueError: leads to clumsy.show_shelv, which is no page; did you mean",
        "hook fragments fails: TypeError: Fragment.html must be Markup",
        "GET /clumsy/shelf answers 500: TemplateNotFound: clumsy/nowhere.html ",
        "job tidy fails: AttributeError: 'WorkSession' object has no attribute 'no_such_thing'",
        "reaction drop fails: RuntimeError: dropped purchase.recorded",
        "hook remove_sample leaves 1 of clumsy.cup behind",
    ):
        assert any(finding.startswith(part) for finding in findings), "\n".join(findings)
    assert len(findings) == 9, "\n".join(findings)
    with market.database.control() as conn:
        left = conn.execute("SELECT slug FROM control.tenant WHERE slug ~ '^(check|trial)-'").fetchall()
    assert left == []


def test_defaults_that_break_the_rule_of_the_settings_are_found(runtime: Runtime) -> None:
    def refuse(_values: object) -> None:
        raise RuleViolated("Nothing will do.")

    @dataclass(frozen=True)
    class Wish:
        shade: str

    shade = TextField(name="shade", title="Shade", default="dark")
    wishes = ModuleSettings(module="wishes", values=Wish, fields=(shade,), check=refuse)
    manifest = Manifest(name="wishes", title="Wishes", summary="For tests.", version="1", path="wishes")
    with use_runtime(plant(runtime, make_plugin(manifest, settings=lambda: wishes))) as planted:
        findings = check_plugin(planted, "wishes")

    assert any(
        finding.startswith("its settings fail where nobody set any: RuleViolated: Nothing will do.")
        for finding in findings
    ), findings


def test_texts_that_wait_are_told_together(tmp_path: Path, with_plugins: Callable[..., Runtime]) -> None:
    folder = write_plugin("notes", tmp_path, persian="یادداشت")
    (folder / "charsu_notes" / "locale" / "fa" / "LC_MESSAGES" / "messages.po").unlink()

    findings = check_plugin(with_plugins(folder), "notes")

    (missing, remedy) = (finding for finding in findings if "fa:" in finding or "catalogues" in finding)
    assert re.match(r"charsu_notes fa: '.+', '.+', '.+' and \d+ more are missing", missing)
    assert "charsu plugin texts notes" in remedy
