"""Finds records by a text people wrote: their title or one of their values, whatever its letters and case."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, any_, func, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql import column, table
from sqlalchemy.types import Text

from charsu.records.access import RecordAccess
from charsu.records.fields import MemberField
from charsu.records.links import linked_type

_FROM = "يىئكةۀأإآٱؤ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩"
_TO = "یییکهه" + "اااا" + "و" + "0123456789" * 2
_LETTERS = str.maketrans(_FROM, _TO)
#: Spaces, half-spaces, vowel and direction marks weigh nothing, as in `charsu.text.folding.fold_compact`.
_WEIGHTLESS = "[ \t\r\n\u00a0\u200b-\u200f\u202a-\u202e\u0640\u064b-\u065f]"
_MARKS = re.compile(_WEIGHTLESS)
_member = table("core_member", column("id"), column("display_name"), column("email"))


def loose(text: str) -> str:
    """The form in which two spellings of one name are equal; `loose_sql` is the same in PostgreSQL."""
    return _MARKS.sub("", text.translate(_LETTERS)).lower()


def loose_sql(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """As `loose`, of a column."""
    return func.lower(func.regexp_replace(func.translate(expression, _FROM, _TO), _WEIGHTLESS, "", "g"))


def find_titles(
    session: Session, key: str, texts: Iterable[str], access: RecordAccess
) -> dict[str, list[uuid.UUID]]:
    """The live records (or members) one may see that are called so: ids by `loose` title."""
    wanted = {loose(text) for text in texts}
    found: dict[str, list[uuid.UUID]] = {}
    if not wanted:
        return found
    if key == MemberField.to:
        columns = [_member.c.display_name, _member.c.email]
        live: list[ColumnElement[bool]] = []
        identity: Any = _member.c.id
    else:
        target = linked_type(key)
        if target is None:
            return found
        model: Any = target.model
        columns, live, identity = [getattr(model, target.title_field)], [model.deleted_at.is_(None)], model.id
        live += access.of(target).criteria(model)
    for title in columns:
        name = loose_sql(title)
        is_wanted = name == any_(type_coerce(list(wanted), ARRAY(Text())))
        for row in session.execute(select(identity, name).where(is_wanted, *live)):
            if row[0] not in found.setdefault(row[1], []):
                found[row[1]].append(row[0])
    return found
