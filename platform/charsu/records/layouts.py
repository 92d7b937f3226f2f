"""The ways the records of a type can be looked at: list, board, calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from charsu.records.addresses import address
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


@dataclass(frozen=True)
class LayoutLink:
    """One way to look at the same records."""

    title: str
    icon: str
    url: str
    is_current: bool


def layouts_of(
    record_type: RecordType, current: str, pairs: list[tuple[str, Any]] | None = None
) -> list[LayoutLink]:
    """The layouts a type has; filters and order are carried from list to board and back."""
    carried = [pair for pair in pairs or [] if pair[0] in ("search", "where", "sort")]
    ways = [("list", _("List"), "list", record_type.path, carried)]
    if record_type.board is not None:
        ways.append(("board", _("Board"), "layout-grid", record_type.url("board"), carried))
    if record_type.calendar is not None:
        ways.append(("calendar", _("Calendar"), "calendar", record_type.url("calendar"), []))
    return [
        LayoutLink(title, icon, address(url, given), name == current)
        for name, title, icon, url, given in ways
    ]
