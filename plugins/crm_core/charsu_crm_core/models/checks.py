"""Conditions that check constraints of several tables share."""

from collections.abc import Iterable


def one_of(column: str, values: Iterable[str]) -> str:
    """The column holds one of these words."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def longest(column: str, length: int) -> str:
    """The text has at most so many characters."""
    return f"char_length({column}) <= {length}"
