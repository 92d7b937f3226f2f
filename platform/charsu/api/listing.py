"""Paging of short lists, not of one statement: the cursor names the last entry of the page before."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from charsu.api.paging import BadCursor
from charsu.text.i18n import _

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Which entries of a list are wanted: at most `limit` of those behind the one whose key is `after`."""

    after: str | None
    limit: int
    key: Callable[[T], object]

    @property
    def after_id(self) -> UUID | None:
        """The key as the id it must be. Raises: ValueError, which `page_of_list` answers as a bad cursor."""
        return UUID(self.after) if self.after else None

    def of(self, rows: Iterable[T]) -> Sequence[T]:
        """Cut the part out of the whole list. Raises: ValueError when nothing has the key."""
        listed = list(rows)
        if self.after is None:
            return listed[: self.limit]
        start = [str(self.key(row)) for row in listed].index(self.after) + 1
        return listed[start : start + self.limit]


def page_of_list(
    tag: str,
    args: Mapping[str, Any],
    fetch: Callable[[Part[T]], Sequence[T]],
    *,
    show: Callable[[T], dict[str, Any]],
    key: Callable[[T], object],
) -> dict[str, Any]:
    """Answer one page of a list; `tag` keeps a cursor from being used on another one.

    `fetch` raises `ValueError` for a part whose `after` can not be one.
    """
    after = _decode(tag, args["cursor"]) if args["cursor"] else None
    try:
        rows = fetch(Part(after, args["limit"] + 1, key))
    except ValueError:
        raise _bad_cursor() from None
    shown, more = rows[: args["limit"]], len(rows) > args["limit"]
    next_cursor = _encode(tag, str(key(shown[-1]))) if more else None
    return {"items": [show(row) for row in shown], "next_cursor": next_cursor}


def _encode(tag: str, key: str) -> str:
    return base64.urlsafe_b64encode(f"{tag}:{key}".encode()).decode().rstrip("=")


def _decode(tag: str, cursor: str) -> str:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise _bad_cursor() from None
    found, _colon, key = text.partition(":")
    if found != tag or not key:
        raise _bad_cursor()
    return key


def _bad_cursor() -> BadCursor:
    return BadCursor(_("This page marker is not valid; start from the first page."), field="cursor")
