"""Keyset paging: every page costs the same, and a cursor is checked before it reaches the database."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, bindparam, tuple_
from sqlalchemy.orm import Session

from charsu.api.fields import Text, WholeNumber
from charsu.api.schemas import Schema
from charsu.errors import DomainError
from charsu.text.i18n import _

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
_AFTER = "after_{}"


class BadCursor(DomainError):
    """The cursor is not one this list gave out (422)."""

    status = 422
    default_code = "bad_cursor"


class PageArgs(Schema):
    """Query parameters of every list; subclass it to add filters."""

    limit = WholeNumber(load_default=DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT)
    cursor = Text(
        load_default=None, max_length=500, metadata={"description": "`next_cursor` of the page before"}
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page: rows in the list's order and the cursor of the next page, None on the last one."""

    rows: Sequence[Any]
    next_cursor: str | None

    def answer(self, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The body of the API's answer with these items, made of `rows` one by one."""
        return {"items": items, "next_cursor": self.next_cursor}


class KeysetList:
    """A list in the descending (or ascending) order of `keys`, the last of which is unique.

    Make it once, at import, of columns and not of entities: its statements are compiled once. The key columns
    must be among the selected ones.
    """

    def __init__(self, statement: Select[Any], *keys: ColumnElement[Any], ascending: bool = False) -> None:
        self._keys = keys
        self._names = [str(getattr(key, "key", key)) for key in keys]
        self._types: list[type[Any]] = [key.type.python_type for key in keys]
        self._tag = "+".join([*self._names, "asc" if ascending else "desc"])
        order = [key.asc() if ascending else key.desc() for key in keys]
        bound = tuple_(*(bindparam(_AFTER.format(n), type_=key.type) for n, key in enumerate(keys)))
        row = tuple_(*keys)
        self._first = statement.order_by(*order).limit(bindparam("page_limit"))
        self._next = self._first.where(row > bound if ascending else row < bound)

    def page(
        self,
        session: Session,
        *criteria: ColumnElement[bool],
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Page:
        """The page after `cursor`; `criteria` are added to the statement, `values` fill its bound parameters.

        Raises `BadCursor`.
        """
        parameters: dict[str, Any] = {"page_limit": limit + 1, **(values or {})}
        statement = self._first
        if cursor:
            statement = self._next
            parameters |= {_AFTER.format(n): value for n, value in enumerate(self._decode(cursor))}
        rows = session.execute(statement.where(*criteria) if criteria else statement, parameters).all()
        if len(rows) <= limit:
            return Page(rows, None)
        rows = rows[:limit]
        last = rows[-1]._mapping  # noqa: SLF001 - public, documented name of SQLAlchemy
        return Page(rows, self._encode([last[key] for key in self._keys]))

    def _encode(self, values: Sequence[Any]) -> str:
        return base64.urlsafe_b64encode(orjson.dumps([self._tag, *values])).decode().rstrip("=")

    def _decode(self, cursor: str) -> list[Any]:
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            tag, *values = orjson.loads(raw)
            if tag != self._tag:
                raise ValueError(tag)
            return [_typed(value, kind) for value, kind in zip(values, self._types, strict=True)]
        except (ValueError, TypeError, binascii.Error) as error:
            raise BadCursor(
                _("This page marker is not valid; start from the first page."), field="cursor"
            ) from error


def _typed(value: Any, kind: type[Any]) -> Any:
    if kind is UUID:
        return UUID(str(value))
    if kind is datetime or kind is date:
        return kind.fromisoformat(value)
    if kind is str and "\x00" in value:
        raise ValueError(value)
    if type(value) is not kind or (kind is int and abs(value) >= 2**63):
        raise TypeError(value)
    return value
