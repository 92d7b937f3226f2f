"""The fold of Persian text and its alphabet, as expressions of SQL."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column
from sqlalchemy.types import Text

from charsu.text.folding import LETTERS

#: Dropped before a comparison: half-space, tatweel, vowel signs, direction marks.
_DROPPED = "\u200c\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0654\u0670\u200d\u200e\u200f"
#: The alphabet as people learn it; code points put پ چ ژ گ ک ی behind all others.
_ALPHABET = "ءاآبپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
#: First of the code points that stand for the alphabet, in its order.
_FIRST = 0xE000


def sql_fold(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """The text as `charsu.text.folding.fold` has it, but for forms that nobody types.

    It does not join spaces and does not take compatibility forms apart: that would cost ten times as much
    for every row. Stored search texts are folded in Python, exactly.
    """
    source, target = _fold_map()
    return func.lower(func.translate(expression, _quoted(source + _DROPPED), _quoted(target)), type_=Text())


def sql_alphabet(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """What to sort a text by so that Persian letters stand in their order, after Latin ones and digits."""
    source, target = _alphabet_map()
    return func.translate(func.lower(expression), _quoted(source + _DROPPED), _quoted(target), type_=Text())


@lru_cache(maxsize=1)
def _fold_map() -> tuple[str, str]:
    pairs = [(chr(code), str(letter)) for code, letter in LETTERS.items()]
    return "".join(pair[0] for pair in pairs), "".join(pair[1] for pair in pairs)


@lru_cache(maxsize=1)
def _alphabet_map() -> tuple[str, str]:
    ranks = {letter: chr(_FIRST + at) for at, letter in enumerate(_ALPHABET)}
    spellings = {chr(code): str(letter) for code, letter in LETTERS.items() if str(letter) in ranks}
    pairs = {**{other: ranks[letter] for other, letter in spellings.items()}, **ranks}
    return "".join(pairs), "".join(pairs.values())


def _quoted(letters: str) -> ColumnElement[str]:
    """The letters as a constant of the statement, which the planner sees; none of them is a quote."""
    return literal_column(f"'{letters}'", Text())
