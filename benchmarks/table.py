"""The one form of every benchmark's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("what", "ours", "yardstick", "ratio", "goal", "")


@dataclass(frozen=True)
class Row:
    """One figure: `ours` and `yardstick` as text with unit, `ratio` of the two, and the goal it should meet.

    `is_met` None: the row is told for information.
    """

    what: str
    ours: str
    yardstick: str = ""
    ratio: float | None = None
    goal: str = ""
    is_met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of the table's head."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        mark = {True: "met", False: "MISSED", None: ""}[self.is_met]
        return (self.what, self.ours, self.yardstick, ratio, self.goal, mark)


def print_table(title: str, rows: Sequence[Row], *, seconds: float) -> None:
    """Print the rows under their title, columns as wide as their widest cell."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    print(f"\n{title}  [{seconds:.0f} s]")
    for index, line in enumerate(lines):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if index == 0:
            print("  " + "  ".join("-" * width for width in widths))
