"""Several columns of a file that make one value: given and family name, two columns of phone numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from charsu.records.fields import Field
from charsu.records.sheets import Cell
from charsu.text.folding import fold_compact

#: What stands between the texts of two columns, by kind of field.
_BETWEEN: Mapping[str, str] = {"text": " ", "long_text": "\n"}
#: Kinds whose values are lists: each column adds to them.
_LISTS = frozenset({"tags", "list", "multi_choice", "addresses"})
#: What people type where there is nothing to say, besides dashes.
_NOTHING = frozenset(map(fold_compact, ("n/a", "null", "none", "ندارد", "نامشخص", "نامعلوم")))
_DASHES = frozenset("-–—_ـ−./ ")


@dataclass(frozen=True)
class Source:
    """The columns that fill one field, in the order in which they make its value."""

    field: Field
    #: Where they stand in the header, with their titles.
    columns: tuple[tuple[int, str], ...]

    @property
    def title(self) -> str:
        """What reasons call it."""
        return " + ".join(title for _at, title in self.columns)

    def cells(self, row: Sequence[Cell]) -> list[Cell]:
        """The cells to read: those that say something, texts that belong together as one."""
        said = [row[at] for at, _title in self.columns if not says_nothing(self.field, row[at])]
        if len(said) < 2 or (between := _BETWEEN.get(self.field.kind)) is None:
            return said
        return [between.join(str(cell).strip() for cell in said)]


def can_join(item: Field) -> bool:
    """Whether several columns may fill it."""
    return item.kind in _BETWEEN or item.kind in _LISTS


def sources_of(chosen: Iterable[tuple[int, str, Field]]) -> list[Source]:
    """The chosen columns (place, title, field) by the field they fill."""
    grouped: dict[str, list[tuple[int, str, Field]]] = {}
    for choice in chosen:
        grouped.setdefault(choice[2].name, []).append(choice)
    return [
        Source(group[0][2], tuple((at, title) for at, title, _field in sorted(group, key=_rank)))
        for group in grouped.values()
    ]


def joined(values: Sequence[Any]) -> Any:
    """One value out of those of several cells: the only one, or all entries of lists, each once."""
    if len(values) < 2:
        return values[0] if values else None
    found: list[Any] = []
    for entry in chain.from_iterable(values):
        if entry not in found:
            found.append(entry)
    return found


def places_of_parts(item: Field, titles: Sequence[str]) -> list[int]:
    """Where the columns of its parts stand, by folded titles; at most one of each part."""
    found = (_first(titles, words) for words in item.parts)
    return [at for at in found if at is not None]


def says_nothing(item: Field, cell: Cell) -> bool:
    """Whether a cell is empty, or holds what people type instead: a dash, "none" where no text is wanted."""
    if not isinstance(cell, str) or not cell:
        return cell == ""
    if _DASHES.issuperset(cell):
        return True
    return len(cell) < 12 and item.kind not in _BETWEEN and fold_compact(cell) in _NOTHING


def _first(titles: Sequence[str], words: Sequence[str]) -> int | None:
    folded = {fold_compact(word) for word in words}
    return next((at for at, title in enumerate(titles) if title in folded), None)


def _rank(choice: tuple[int, str, Field]) -> tuple[int, int]:
    """A column's place in the value: that of its part, else as in the file."""
    at, title, item = choice
    folded = fold_compact(title)
    return next((n for n, words in enumerate(item.parts) if folded in map(fold_compact, words)), 0), at
