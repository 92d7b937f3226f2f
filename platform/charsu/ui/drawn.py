"""Pages drawn once, with holes for what each request fills in anew."""

import re

from markupsafe import Markup

#: No text of ours and none of a person's has NULs: PostgreSQL keeps none, and queries with one are refused.
_HOLE = re.compile("\x00([a-z]+)\x00")


def hole(name: str) -> Markup:
    """What stands in a page where `Drawn.filled` is to put the part of this name."""
    return Markup(f"\x00{name}\x00")  # noqa: S704 - a mark of our own


class Drawn:
    """HTML with holes, taken apart once so that filling it is one `join`."""

    __slots__ = ("_parts",)

    def __init__(self, html: str) -> None:
        self._parts = _HOLE.split(html)

    def filled(self, **parts: str) -> str:
        """The page with its holes filled by HTML; each name given must be that of every hole there is."""
        written = self._parts.copy()
        written[1::2] = [parts[name] for name in written[1::2]]
        return "".join(written)
