"""Custom fields: what a business adds to a record type by itself, without a developer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from charsu.records import fields as kinds
from charsu.records.fields import Field

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Kinds a business can choose from: the word stored, and the field it makes.
KINDS: Mapping[str, type[Field]] = {
    item.kind: item
    for item in (
        kinds.TextField,
        kinds.LongTextField,
        kinds.NumberField,
        kinds.MoneyField,
        kinds.DateField,
        kinds.ChoiceField,
        kinds.MultiChoiceField,
        kinds.FlagField,
        kinds.LinkField,
        kinds.PhoneField,
        kinds.EmailField,
        kinds.UrlField,
    )
}
_LIVE = text("""
    SELECT key, title, kind, options, is_required FROM core_custom_field
     WHERE record_type = :record_type AND archived_at IS NULL ORDER BY position, id
""")


def fields_of(session: Session, record_type: RecordType) -> tuple[Field, ...]:
    """Every field of the type, the tenant's own ones last; read once per session."""
    known: dict[str, tuple[Field, ...]] = session.info.setdefault("record_fields", {})
    found = known.get(record_type.key)
    if found is None:
        rows = session.execute(_LIVE, {"record_type": record_type.key})
        found = known[record_type.key] = (
            *record_type.all_fields,
            *(make_field(row._mapping) for row in rows),  # noqa: SLF001 - public, documented name of SQLAlchemy
        )
    return found


def forget_fields(session: Session) -> None:
    """Read the custom fields anew: they were changed in this session."""
    session.info.pop("record_fields", None)


def make_field(row: RowMapping | Mapping[str, Any]) -> Field:
    """The field a stored definition describes: `key`, `title`, `kind`, `options`, `is_required`."""
    kind = KINDS[row["kind"]]
    return kind(
        name=row["key"],
        title=row["title"],
        is_required=row["is_required"],
        is_custom=True,
        section="custom",
        **row["options"],
    )
