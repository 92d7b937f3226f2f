"""Patterns for SQL out of words people typed: of LIKE, and regular expressions that fold as they go."""

import re

from charsu.text.folding import LETTERS

#: Marks that may stand between two letters without weight: joiners, tatweel, vowel signs, direction marks.
_WEIGHTLESS = "[\u200b-\u200f\u0640\u064b-\u0652\u0654\u0670\u00ad]*"
_SPELLINGS: dict[str, str] = {}
for _code, _letter in LETTERS.items():
    _SPELLINGS[str(_letter)] = _SPELLINGS.get(str(_letter), "") + chr(_code)


def like_pattern(word: str) -> str:
    """`word` anywhere, its wildcards taken literally."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def folding_regex(folded: str) -> str:
    """What finds, by PostgreSQL's `~*`, every spelling whose fold holds `folded`.

    To fold each value in SQL instead takes twenty times as long.
    """
    return _WEIGHTLESS.join(map(_spellings, folded))


def _spellings(letter: str) -> str:
    if letter == " ":
        return r"\s+"
    others = _SPELLINGS.get(letter)
    return f"[{letter}{others}]" if others else re.sub(r"([^\w\s])", r"\\\1", letter)
