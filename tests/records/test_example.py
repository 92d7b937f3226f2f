"""The example of docs/plugins.md: a noun in under 40 lines that is a whole module."""

from collections.abc import Callable
from typing import Any

from charsu.process import Runtime
from charsu.records import RecordType

from .conftest import ROOT

FILES = sorted((ROOT / "examples" / "visits").rglob("*.py"))


def test_the_example_is_shorter_than_40_lines() -> None:
    lines = [line for file in FILES for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]

    assert len(lines) < 40


def test_the_example_is_what_the_documentation_shows() -> None:
    shown = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")

    for file in FILES:
        assert file.read_text(encoding="utf-8").strip() in shown, f"docs/plugins.md does not show {file.name}"


def test_records_are_known_with_their_permissions_and_events(
    runtime: Runtime, visit_type: RecordType
) -> None:
    plugins = runtime.plugins

    assert plugins.module("visits").records == (visit_type,)
    assert "visits.visit.read" in plugins.permissions
    assert plugins.event_class("visit.created") is visit_type.facts.created


def test_the_example_keeps_visits(visit_type: RecordType, service: Callable[..., Any], drain: Any) -> None:
    with service(visit_type) as visits:
        made = visits.create({"title": "مریم", "phone": "+989121234567"})
        visits.update(made.id, {"state": "came"})

    with service(visit_type) as visits:
        found = visits.locked(made.id)
        assert (found.title, found.state, found.phone) == ("مریم", "came", "+989121234567")
        assert "09121234567" in found.search_text
    drain()


def test_the_example_stands_on_the_columns_of_its_choices(visit_type: RecordType) -> None:
    assert visit_type.board is not None
    columns = visit_type.board.columns(None, None)  # type: ignore[arg-type]  # reads nothing

    assert [(column.value, column.title) for column in columns] == [
        ("planned", "Planned"),
        ("came", "Came"),
        ("missed", "Missed"),
    ]
