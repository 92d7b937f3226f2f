"""What each tenant hook must answer with, and how long it may take."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from flask import current_app, has_request_context, url_for
from werkzeug.routing import BuildError

from charsu.plugins.pieces import ChecklistStep, Figure, Fragment, NavItem, TimelineEntry

T = TypeVar("T")
Piece = NavItem | Fragment | Figure | TimelineEntry | ChecklistStep


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Answers of a page hook: every piece is a `kind`, and all of them are there within `seconds`."""

    kind: type[NavItem] | type[Fragment] | type[Figure] | type[TimelineEntry] | type[ChecklistStep]
    seconds: float


#: Hooks that give pieces of a page, each called in a lane with a read-only session of its own.
PAGE_HOOKS = {
    "nav_items": Rule(kind=NavItem, seconds=0.5),
    "fragments": Rule(kind=Fragment, seconds=1.0),
    "figures": Rule(kind=Figure, seconds=1.0),
    "timeline": Rule(kind=TimelineEntry, seconds=1.0),
    "checklist_steps": Rule(kind=ChecklistStep, seconds=1.0),
}
#: A plugin that gives more pieces at one place than a page can bear gives junk.
MAX_PIECES = 50


def checked(hook: str, given: object, is_past: Callable[[Piece], bool] | None = None) -> tuple[Piece, ...]:
    """Return the pieces of an answer; raise `TypeError` or `ValueError` when one is not what the hook asks
    for. The first one that `is_past` is the last one asked for.
    """
    kind = PAGE_HOOKS[hook].kind
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise TypeError(f"{hook} gave a {type(given).__name__}, not a list")
    pieces: list[Piece] = []
    for piece in given:
        if not isinstance(piece, kind):
            raise TypeError(f"{hook} gave a {type(piece).__name__}, not a {kind.__name__}")
        if len(pieces) == MAX_PIECES:
            raise ValueError(f"{hook} gave more than {MAX_PIECES} pieces")
        _check_link(piece)
        pieces.append(piece)
        if is_past is not None and is_past(piece):
            break
    return tuple(pieces)


def _check_link(piece: Piece) -> None:
    """Build the piece's address once, here, where it fails alone."""
    if isinstance(piece, NavItem | ChecklistStep) and has_request_context():
        try:
            url_for(piece.endpoint)
        except BuildError:
            # Its own text compares all routes for one that was meant: that took up to a page's whole time.
            raise ValueError(_no_page(piece.endpoint)) from None


def _no_page(endpoint: str) -> str:
    """What is wrong with it, and which of the plugin's own pages may have been meant."""
    own = endpoint.partition(".")[0] + "."
    near = get_close_matches(
        endpoint, [name for name in current_app.view_functions if name.startswith(own)], 1
    )
    return f"leads to {endpoint}, which is no page" + (f"; did you mean {near[0]}?" if near else "")


def allowed(pieces: Iterable[Piece], can: Callable[[str], bool]) -> tuple[Piece, ...]:
    """Leave out menu items whose permission the person lacks."""
    return tuple(
        piece
        for piece in pieces
        if not isinstance(piece, NavItem) or piece.permission is None or can(piece.permission)
    )
