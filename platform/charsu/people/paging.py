"""Paging of control-plane lists, which are short: the cursor names the last entry of the page before."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from charsu.api.paging import BadCursor
from charsu.text.i18n import _

T = TypeVar("T")


def page(
    tag: str,
    args: Mapping[str, Any],
    fetch: Callable[[str | None, int], Sequence[T]],
    *,
    show: Callable[[T], dict[str, Any]],
    key: Callable[[T], object],
) -> dict[str, Any]:
    """Answer one page of a list.

    `fetch(after, limit)` returns at most `limit` entries behind the one whose `key` is `after` and raises
    `ValueError` for an `after` that can not be one. `tag` keeps a cursor from being used on another list.
    """
    after = _decode(tag, args["cursor"]) if args["cursor"] else None
    try:
        rows = fetch(after, args["limit"] + 1)
    except ValueError:
        raise _bad_cursor() from None
    shown, more = rows[: args["limit"]], len(rows) > args["limit"]
    next_cursor = _encode(tag, str(key(shown[-1]))) if more else None
    return {"items": [show(row) for row in shown], "next_cursor": next_cursor}


def behind(rows: Iterable[T], key: Callable[[T], object], after: str | None, limit: int) -> Sequence[T]:
    """Return at most `limit` of the rows behind the one keyed `after`. Raises: ValueError when there is
    none.
    """
    listed = list(rows)
    if after is None:
        return listed[:limit]
    start = [str(key(row)) for row in listed].index(after) + 1
    return listed[start : start + limit]


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
