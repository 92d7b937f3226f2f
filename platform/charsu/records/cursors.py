"""Marks of where a page of a list ended: opaque to callers, bound to the order, checked before use."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from charsu.api.paging import BadCursor
from charsu.text.i18n import _

MAX_LENGTH = 2_000
_READ: Mapping[str, Callable[[str], Any]] = {
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "Decimal": Decimal,
}


def write_cursor(sort: str, key: Any, record_id: uuid.UUID) -> str:
    """The mark behind the row with this sort key and id."""
    raw = orjson.dumps([sort, _kind(key), key, record_id], default=str)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str, sort: str, kind: str) -> tuple[Any, uuid.UUID]:
    """The sort key (of the type named `kind`, or None) and id of a mark.

    Raises `BadCursor` for one that this order did not give out.
    """
    try:
        if len(cursor) > MAX_LENGTH:
            raise ValueError(cursor[:20])
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        given, is_of, key, record_id = orjson.loads(raw)
        if given != sort or is_of not in (kind, "null") or not isinstance(record_id, str):
            raise ValueError(given)
        return _typed(is_of, key), uuid.UUID(record_id)
    except (ValueError, TypeError, KeyError, InvalidOperation, binascii.Error) as error:
        raise BadCursor(
            _("This page marker is not valid; start from the first page."), field="cursor"
        ) from error


def _kind(key: Any) -> str:
    return "null" if key is None else type(key).__name__


def _typed(kind: str, key: Any) -> Any:
    if kind == "null":
        return None
    if kind in ("str", "int", "bool"):
        if type(key).__name__ != kind or (kind == "str" and "\x00" in key):
            raise TypeError(key)
        if kind == "int" and abs(key) >= 2**63:
            raise ValueError(key)
        return key
    value = _READ[kind](key)
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(key)
    return value
