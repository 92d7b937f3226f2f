"""Which columns of which tables point at the records of a type, as the declarations and the catalog say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.plugins.manifest import Text
from charsu.records.links import linked_type, linking_fields
from charsu.records.record_type import RecordType
from charsu.text.i18n import lazy

#: Tables of the kit itself that name a record by its type and id.
_OF_THE_KIT = (
    ("core_attachment", lazy("Attachments")),
    ("core_reminder", lazy("Reminders")),
)
_INDEXES = text("""
    SELECT t.relname AS table, i.indisprimary AS is_primary,
           array_agg(a.attname::text ORDER BY a.attnum) AS columns
      FROM pg_index i
      JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey::int2[])
     WHERE i.indisunique AND t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(:tables)
     GROUP BY t.relname, i.indexrelid, i.indisprimary
""")
_CUSTOM_LINKS = text("""
    SELECT record_type, key, title FROM core_custom_field
     WHERE kind = 'link' AND options ->> 'to' = :key ORDER BY record_type, key
""")


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """One place where rows hold the id of a record."""

    table: str
    #: The column; of a custom field, the key inside `custom`.
    column: str
    title: Text
    #: The columns that tell the table's rows apart, without the pointing one.
    row_key: tuple[str, ...]
    #: Sets of columns that may not repeat for one record: a row that would collide stays where it is.
    unique_with: tuple[tuple[str, ...], ...] = ()
    is_custom: bool = False
    #: Of the kit's own tables: the type they name beside the id.
    of_type: str = ""
    #: The record type whose rows these are; changes of them are noted in its history.
    record_type: str = ""


def pointers_to(session: Session, record_type: RecordType) -> list[Pointer]:
    """Every place that may hold an id of this type's records, also of modules that are turned off.

    Two queries. Tables the tenant does not have are left out.
    """
    wanted = [*_links(record_type), *_related(record_type), *_of_the_kit(record_type)]
    customs = list(_custom_links(session, record_type))
    indexes = _indexes(session, {item.table for item in (*wanted, *customs)})
    return [_completed(item, indexes[item.table]) for item in (*wanted, *customs) if item.table in indexes]


def _links(record_type: RecordType) -> Iterable[Pointer]:
    for other, field in linking_fields(record_type.key):
        yield Pointer(
            table=other.model.__tablename__,
            column=field.name,
            title=other.plural_title,
            row_key=("id",),
            record_type=other.key,
        )


def _related(record_type: RecordType) -> Iterable[Pointer]:
    for item in record_type.related:
        yield Pointer(
            table=item.table,
            column=item.column,
            title=item.title or lazy("Further entries"),
            row_key=(),
            unique_with=(item.unique_with,) if item.unique_with else (),
        )


def _of_the_kit(record_type: RecordType) -> Iterable[Pointer]:
    for table, title in _OF_THE_KIT:
        yield Pointer(table=table, column="record_id", title=title, row_key=("id",), of_type=record_type.key)


def _custom_links(session: Session, record_type: RecordType) -> Iterable[Pointer]:
    for row in session.execute(_CUSTOM_LINKS, {"key": record_type.key}):
        other = linked_type(row.record_type)
        if other is not None:
            yield Pointer(
                table=other.model.__tablename__,
                column=row.key,
                title=other.plural_title,
                row_key=("id",),
                is_custom=True,
                record_type=other.key,
            )


def _indexes(session: Session, tables: Iterable[str]) -> Mapping[str, list[tuple[bool, tuple[str, ...]]]]:
    """Unique indexes by table: whether it is the primary key, and its columns."""
    found: dict[str, list[tuple[bool, tuple[str, ...]]]] = {}
    for row in session.execute(_INDEXES, {"tables": sorted(tables)}):
        found.setdefault(row.table, []).append((row.is_primary, tuple(row.columns)))
    return found


def _completed(item: Pointer, indexes: list[tuple[bool, tuple[str, ...]]]) -> Pointer:
    primary = next((columns for is_primary, columns in indexes if is_primary), ())
    unique = {
        tuple(name for name in columns if name != item.column)
        for _is_primary, columns in indexes
        if item.column in columns and not item.is_custom
    }
    return Pointer(
        **{
            **vars(item),
            "row_key": tuple(name for name in primary if name != item.column),
            "unique_with": (*item.unique_with, *sorted(unique - set(item.unique_with))),
        }
    )
