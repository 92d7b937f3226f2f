"""What each kind of custom field can be told: its choices, its decimals, where its link leads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from charsu.errors import RuleViolated
from charsu.records.links import linked_type
from charsu.text.folding import fold_compact
from charsu.text.i18n import _
from charsu.text.transliteration import suggest_slug

MOST_CHOICES = 100
_WORD = re.compile(r"[a-z0-9_]{1,40}\Z")
_LARGEST = 10**15


def check_options(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options as they are stored. Raises: RuleViolated, also for one the kind does not have."""
    check = _CHECKS.get(kind, _nothing)
    return check(given)


def words_of(options: Mapping[str, Any]) -> set[str]:
    """The stored words of a field's choices; none for other kinds."""
    return set(options.get("options", {}))


def with_choices(titles: list[str], known: Mapping[str, str]) -> dict[str, str]:
    """Choices by stored word: those of `known` titles keep theirs, new ones get a free one."""
    by_title = {fold_compact(title): word for word, title in known.items()}
    made: dict[str, str] = {}
    for title in titles:
        word = by_title.get(fold_compact(title)) or _new_word(title, {*known, *made})
        made.setdefault(word, title)
    return made


def _new_word(title: str, taken: set[str]) -> str:
    word = latin_word(title) or "choice"
    numbered = (word if number == 1 else f"{word}_{number}" for number in range(1, MOST_CHOICES * 3))
    return next(one for one in numbered if one not in taken)


def latin_word(title: str) -> str:
    """The title in small Latin letters and digits with _ between the words; empty where nothing can be."""
    spelled = title if title.isascii() else suggest_slug(title, longest=30)
    return re.sub(r"[^a-z0-9]+", "_", spelled.lower()).strip("_")[:30].strip("_")


def _refuse(message: str) -> RuleViolated:
    return RuleViolated(message, field="options")


def _only(given: Mapping[str, Any], *names: str) -> None:
    if unknown := sorted(given.keys() - set(names)):
        raise _refuse(_("This kind of field has no option “%(name)s”.", name=str(unknown[0])[:60]))


def _nothing(given: Mapping[str, Any]) -> dict[str, Any]:
    _only(given)
    return {}


def _choices(given: Mapping[str, Any]) -> dict[str, Any]:
    _only(given, "options")
    choices = given.get("options")
    if not isinstance(choices, Mapping) or not choices:
        raise _refuse(_("Please give at least one choice."))
    if len(choices) > MOST_CHOICES:
        raise _refuse(_("A field has at most %(count)s choices.", count=MOST_CHOICES))
    checked: dict[str, str] = {}
    for word, title in choices.items():
        if not isinstance(word, str) or not _WORD.match(word):
            raise _refuse(_("The word of a choice has small letters a to z, digits and _ only."))
        text = " ".join(title.split()) if isinstance(title, str) else ""
        if not 1 <= len(text) <= 100 or "\0" in text:
            raise _refuse(_("A choice has 1 to 100 characters."))
        checked[word] = text
    if len({fold_compact(title) for title in checked.values()}) < len(checked):
        raise _refuse(_("Two choices read the same."))
    return {"options": checked}


def _number(given: Mapping[str, Any]) -> dict[str, Any]:
    _only(given, "decimals", "minimum", "maximum")
    checked: dict[str, Any] = {"decimals": _whole(given.get("decimals", 0), 0, 6)}
    for name in ("minimum", "maximum"):
        if given.get(name) is not None:
            checked[name] = _whole(given[name], -_LARGEST, _LARGEST)
    if checked.get("minimum", -_LARGEST) > checked.get("maximum", _LARGEST):
        raise _refuse(_("The smallest number is larger than the largest one."))
    return checked


def _whole(value: Any, smallest: int, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
        raise _refuse(_("This must be a whole number."))
    return value


def _link(given: Mapping[str, Any]) -> dict[str, Any]:
    _only(given, "to")
    key = given.get("to")
    if not isinstance(key, str) or linked_type(key) is None:
        raise _refuse(_("Please say which records the link leads to."))
    return {"to": key}


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "choice": _choices,
    "multi_choice": _choices,
    "number": _number,
    "link": _link,
}
