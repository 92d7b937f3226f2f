"""The guide for authors is true: its files and changes, one after another, make a module that works."""

import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from charsu.plugins.checking import check_plugin
from charsu.plugins.scaffold import write_plugin
from charsu.process import Runtime
from charsu.testing import pytest_plugin
from charsu.text.catalogues import update_catalogues

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = DOCS / "plugin-guide.md"
#: A line that names a file, and the block below it.
BLOCK = re.compile(r"^`([\w./]+)`:\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def changed(lines: list[str], change: str) -> list[str]:
    """The lines of a file after a change of the guide, in which `…` stands for lines that stay."""
    made, rest = [], list(lines)
    for line in change.splitlines():
        mark, text = line[:1], line[1:]
        if mark == "+":
            made.append(text)
        elif text != "…":
            at = rest.index(text)
            made += rest[:at] if mark == "-" else rest[: at + 1]
            rest = rest[at + 1 :]
    return made + rest


def translated(package: Path) -> None:
    """Every text of the package has a Persian one; for a test its own words will do."""
    update_catalogues(package)
    path = package / "locale" / "fa" / "LC_MESSAGES" / "messages.po"
    header, _, _ = path.read_text("utf-8").partition("\n\n")
    catalogue = read_po(path.read_text("utf-8").splitlines(), locale="fa")
    for message in catalogue:
        if not message.string:
            message.string = message.id
    with path.open("wb") as file:
        write_po(file, catalogue, omit_header=True, width=0)
    path.write_text(f"{header}\n\n{path.read_text('utf-8').lstrip()}", "utf-8")


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[Path]:
    """The plugin at the end of the guide."""
    folder = write_plugin("visits", tmp_path, persian="بازدید")
    for name, kind, body in BLOCK.findall(GUIDE.read_text("utf-8")):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = changed(file.read_text("utf-8").splitlines(), body) if kind == "diff" else body.splitlines()
        file.write_text("\n".join(lines) + "\n", "utf-8")
    translated(folder / "charsu_visits")
    return folder


def test_the_guide_ends_with_a_module_that_passes_its_check(
    grown: Path, with_plugins: Callable[..., Runtime]
) -> None:
    assert check_plugin(with_plugins(grown), "visits") == []


def test_what_authors_may_import_is_there() -> None:
    page = (DOCS / "plugins.md").read_text("utf-8")
    _, _, table = page.partition("## What you may import")
    rows = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", table.partition("\n## ")[0], re.MULTILINE)
    named = {module: re.findall(r"`(\w+)`", names) for module, names in rows}

    assert len(named) > 15
    for module, names in named.items():
        found = importlib.import_module(module)
        assert [name for name in names if not hasattr(found, name)] == [], module


def test_the_fixtures_the_documentation_names_are_there() -> None:
    page = (DOCS / "plugins.md").read_text("utf-8")
    rows = re.findall(r"^\| (`\w+`.*?) \|", page.partition("## Testing")[2], re.MULTILINE)
    names = re.findall(r"`(\w+)`", " ".join(rows))

    assert len(names) == 12
    assert [name for name in names if not hasattr(pytest_plugin, name)] == []


@pytest.mark.proof
def test_the_module_of_the_guide_passes_its_own_tests(
    grown: Path, fresh_python: Callable[..., tuple[int, str]]
) -> None:
    installed = fresh_python("pip", "install", "-e", str(grown))
    tested = fresh_python("pytest", str(grown))

    assert installed[0] == 0, installed[1]
    assert tested[0] == 0, tested[1]
    assert re.search(r"\b15 passed", tested[1])
