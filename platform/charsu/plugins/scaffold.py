"""Writes a small working plugin for an author to begin with."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from keyword import iskeyword
from pathlib import Path
from string import Template

import charsu.records
from charsu.errors import Conflict, RuleViolated
from charsu.plugins.manifest import Manifest
from charsu.text.catalogues import update_catalogues

_NOUN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
#: Names the written code has for other things.
_CLASSES = {*charsu.records.__all__, "Any", "Mapping", "Mapped"}
_CONSTANTS = {"FIELDS", "STATES"}
#: Persian letters that do not join the next one: an ending follows them without a half-space.
_UNJOINED = "اآدذرزژوةء"


def write_plugin(name: str, folder: Path, *, noun: str = "", persian: str = "") -> Path:
    """Write the distribution of a plugin `name` into `folder/name` and return that folder.

    It keeps one kind of record on the record kit: `noun`, in the singular (made of the name where nothing is
    said), called `persian` in Persian. It brings both languages, sample data and tests, and passes `charsu
    plugin check` as it is. Raises: RuleViolated for a bad name; Conflict where the folder exists.
    """
    try:
        Manifest(name=name, title=name, summary=name, version="0.1.0", path=name)
    except ValueError as error:
        raise RuleViolated(str(error), field="name") from None
    words = _words(name, noun or _singular(name), persian.strip() or "مورد")
    target = folder / name
    if target.exists():
        raise Conflict(f"{target} is there already")
    _write_folder(files("charsu.plugins").joinpath("starter"), target, words)
    # The noun may be one of the other words: what was written twice becomes one entry, English fills itself.
    update_catalogues(target / words["package"])
    return target


def _words(name: str, noun: str, persian: str) -> dict[str, str]:
    """What the templates say in place of `$name` and the like."""
    model, constant = "".join(part.capitalize() for part in noun.split("_")), noun.upper()
    if not _NOUN.match(noun) or len(noun) > 30 or iskeyword(noun):
        meant = "_".join(re.findall(r"[a-z0-9]+", noun.lower()))
        hint = f", such as {meant}" if _NOUN.match(meant) and not iskeyword(meant) else ""
        raise RuleViolated(f"bad noun {noun!r}: lower-case words joined by _{hint}", field="noun")
    if model in _CLASSES or constant in _CONSTANTS:
        raise RuleViolated(f"the kit has a {model} of its own: give another noun by --noun", field="noun")
    if any(mark in persian for mark in '"\\\n'):
        raise RuleViolated("the Persian noun has no quotes, backslashes or line breaks", field="persian")
    plural = name if _singular(name) == noun != name else f"{noun}s"
    return {
        "name": name,
        "path": name,
        "package": f"charsu_{name}",
        "distribution": f"charsu-{name.replace('_', '-')}",
        "noun": noun,
        "plural": plural,
        "model": model,
        "constant": constant,
        "title": noun.replace("_", " ").capitalize(),
        "titles": plural.replace("_", " ").capitalize(),
        "persian": persian,
        "persians": persian + ("ها" if persian[-1] in _UNJOINED else "\N{ZERO WIDTH NON-JOINER}ها"),
    }


def _singular(name: str) -> str:
    """`visit` for `visits`, `entry` for `entries`; a name that is no plural stays."""
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") and len(name) > 2 else name


def _write_folder(source: Traversable, target: Path, words: dict[str, str]) -> None:
    target.mkdir(parents=True)
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            name = words["package"] if entry.name == "package" else entry.name
            _write_folder(entry, target / name, words)
        elif entry.name.endswith(".tmpl"):
            text = Template(entry.read_text(encoding="utf-8")).substitute(words)
            (target / entry.name.removesuffix(".tmpl")).write_text(text, encoding="utf-8")
