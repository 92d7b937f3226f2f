"""Tolerance for slips of the fingers: which texts hold a word that is one edit away from a typed one."""

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_

#: Shorter words are one edit away from too much.
SHORTEST = 4
_LONGEST = 40
#: What a trigram index can find.
_INDEXED = 3


def may_be_misspelt(word: str) -> bool:
    """Whether a slip is looked for: not in short words, and not in numbers, which would find a stranger."""
    return SHORTEST <= len(word) <= _LONGEST and not any(letter.isdigit() for letter in word)


def one_edit_pattern(word: str) -> str:
    """A regular expression of words that begin like `word` with at most one letter wrong, missing, too many,
    or two neighbours swapped; the first letter is right or swapped.

    Read alike by PostgreSQL, whose trigram index takes part of the work off it, and by Python.
    """
    return f"(^| )({'|'.join(dict.fromkeys(_spellings(word)))})"


def _spellings(word: str) -> Iterable[str]:
    letters = [re.escape(letter) for letter in word]
    yield "".join(letters)
    for at in range(1, len(letters)):
        before, rest = "".join(letters[:at]), letters[at:]
        after = "".join(rest[1:])
        # Wrong or too many; then one left out.
        yield f"{before}.?{after}"
        yield f"{before}.{rest[0]}{after}"
    for at in range(len(letters) - 1):
        first, second = letters[at : at + 2]
        yield "".join([*letters[:at], second, first, *letters[at + 2 :]])


def loosely(text: ColumnElement[str], word: str) -> list[ColumnElement[bool]]:
    """Conditions of which one holds where `text` has a word that begins like `word` but for one slip.

    A slip leaves one half of a long word whole, or swaps the letters where the halves meet; so the trigram
    index finds the few texts the expression is then tried on. Words of four and five letters have no half
    that an index could find.
    """
    loose = text.regexp_match(one_edit_pattern(word))
    if len(word) < 2 * _INDEXED:
        return [loose]
    middle = len(word) // 2
    swapped = f"{word[: middle - 1]}{word[middle]}{word[middle - 1]}{word[middle + 1 :]}"
    parts = (word[:middle], word[middle:], swapped)
    return [or_(*(text.contains(part, autoescape=True) for part in parts)) & loose]
