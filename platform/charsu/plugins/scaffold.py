"""Writes a small working plugin for an author to begin with."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from charsu.errors import Conflict, RuleViolated
from charsu.plugins.manifest import Manifest

_MSGID = re.compile(r'^msgid "(.+)"$', re.MULTILINE)


def write_plugin(name: str, folder: Path) -> Path:
    """Write the distribution of a plugin `name` into `folder/name` and return that folder.

    It has a table, a page, an API, permissions, an event, sample data, both languages and tests, and passes
    `charsu plugin check` as it is. Raises: RuleViolated for a bad name; Conflict where the folder exists.
    """
    try:
        Manifest(name=name, title=name, summary=name, version="0.1.0", path=name)
    except ValueError as error:
        raise RuleViolated(str(error), field="name") from None
    target = folder / name
    if target.exists():
        raise Conflict(f"{target} is there already")
    title = name.replace("_", " ").capitalize()
    words = {
        "name": name,
        "path": name,
        "package": f"charsu_{name}",
        "distribution": f"charsu-{name.replace('_', '-')}",
        "title": title,
        "event_noun": f"{name}_note",
        "notes_fa": "" if title == "Notes" else 'msgid "Notes"\nmsgstr "یادداشت‌ها"\n',
    }
    _write_folder(files("charsu.plugins").joinpath("starter"), target, words)
    _place(target / words["package"], name)
    return target


def _write_folder(source: Traversable, target: Path, words: dict[str, str]) -> None:
    target.mkdir(parents=True)
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            name = words["package"] if entry.name == "package" else entry.name
            _write_folder(entry, target / name, words)
        elif entry.name.endswith(".tmpl"):
            text = Template(entry.read_text(encoding="utf-8")).substitute(words)
            (target / entry.name.removesuffix(".tmpl")).write_text(text, encoding="utf-8")


def _place(package: Path, path: str) -> None:
    """Move the template and the translations to where they are looked for; English fills itself."""
    (package / "templates" / path).mkdir(parents=True)
    (package / "notes.html").rename(package / "templates" / path / "notes.html")
    persian = (package / "locale" / "fa.po").read_text(encoding="utf-8")
    (package / "locale" / "fa.po").unlink()
    _, _, entries = persian.partition("\n\n")
    english = "\n".join(f'msgid "{text}"\nmsgstr "{text}"\n' for text in _MSGID.findall(entries))
    header = (
        persian.partition("\n\n")[0].replace("Language: fa", "Language: en").replace("(n > 1)", "(n != 1)")
    )
    for locale, text in (("fa", persian), ("en", f"{header}\n\n{english}")):
        messages = package / "locale" / locale / "LC_MESSAGES"
        messages.mkdir(parents=True)
        (messages / "messages.po").write_text(text, encoding="utf-8")
