"""Pages drawn once, with holes for what each request fills in anew; kept as the bytes that are sent."""

import re

from markupsafe import Markup

from charsu.ui.html import as_html

#: No text of ours and none of a person's has NULs: PostgreSQL keeps none, and queries with one are refused.
_HOLE = re.compile("\x00([a-z]+)\x00")


def hole(name: str) -> Markup:
    """What stands in a page where `Drawn.filled` is to put the part of this name."""
    return as_html(f"\x00{name}\x00")


class Drawn:
    """HTML with holes, taken apart once so that filling it is one `join`."""

    __slots__ = ("_names", "_parts")

    def __init__(self, html: str) -> None:
        pieces = _HOLE.split(html)
        self._parts = [piece.encode() for piece in pieces]
        self._names = pieces[1::2]

    def filled(self, **parts: str) -> bytes:
        """The page with its holes filled by HTML; there must be a part for each of them."""
        written = self._parts.copy()
        written[1::2] = [parts[name].encode() for name in self._names]
        return b"".join(written)
