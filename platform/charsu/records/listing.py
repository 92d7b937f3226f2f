"""Reading many records by a `RecordQuery`: its pages, its count, and all of them for an export.

Out of the reader's scope nothing is found, and a field hidden from her can not be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy.orm import Session

from charsu.api.paging import DEFAULT_LIMIT, Page
from charsu.records.cursors import read_cursor, write_cursor
from charsu.records.filter_errors import unknown_field
from charsu.records.query import RecordQuery
from charsu.records.statements import COUNT_LIMIT, count_statement, list_statement, stream_statement
from charsu_tenants.statements import row_maker

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.fields import Field


def list_items(session: Session, query: RecordQuery) -> dict[str, Any]:
    """The body of the API's answer: items of plain values as orjson writes them, and the next cursor."""
    record_type, access = query.record_type, query.access
    columns = _api_columns(query)
    names = ("id", *[item.name for item in columns], "is_sample", "custom")
    rules = access.field_rules
    hidden = [name for name, rule in rules.items() if rule == "none"] if rules else []
    extra = {"custom_of": record_type.key, "custom_hidden": hidden}
    rows, next_cursor = _rows(session, query, columns, is_json=True, extra=extra)
    # The last value of a row, its sort key, has no name and falls off.
    items = list(map(row_maker(names), rows))
    if query.columns is not None:
        _keep_custom(items, query.columns)
    return {"items": items, "next_cursor": next_cursor}


def list_page(session: Session, query: RecordQuery, columns: Sequence[Field]) -> Page:
    """A page of tuples: the id, the values of `columns`, whether it is a sample, and the sort key."""
    rows, next_cursor = _rows(session, query, columns, is_json=False, extra={})
    return Page(rows, next_cursor)


def list_sql(query: RecordQuery, columns: Sequence[Field]) -> tuple[str, dict[str, Any]]:
    """The statement of a first page as the driver gets it, and its values: to look at its plan."""
    question = query.question()
    statement = list_statement(question, columns, query.sort, is_json=False, after="")
    return statement.hot.text, statement.bound({**question.values(), "page_limit": query.limit + 1})


def count(session: Session, query: RecordQuery, verb: str = "read", most: int = COUNT_LIMIT) -> int:
    """How many records fit, at most `most` + 1, which means "more than"."""
    question = query.question(verb)
    values = {**question.values(), "most": most + 1}
    found: int = count_statement(question).run(session, values)[0][0]
    return found


def iterate(
    session: Session,
    query: RecordQuery,
    columns: Sequence[Field],
    *,
    verb: str = "read",
    chunk_size: int = 1_000,
) -> Iterator[tuple[Any, ...]]:
    """Every record in order as a tuple of id and the values of `columns`, a chunk of rows at a time.

    For exports and background work; the rows stay on the server until they are wanted. Only columns the
    reader may see: raises `BadQuery` otherwise.
    """
    _check_readable(query.access, columns)
    question = query.question(verb)
    statement = stream_statement(question, columns, query.sort)
    for rows in statement.stream(session, question.values(), chunk_size):
        yield from rows


def _rows(
    session: Session,
    query: RecordQuery,
    columns: Sequence[Field],
    *,
    is_json: bool,
    extra: Mapping[str, Any],
) -> tuple[list[tuple[Any, ...]], str | None]:
    _check_readable(query.access, columns)
    question, limit, sort = query.question(), query.limit, query.sort
    values = {**question.values(), **extra, "page_limit": limit + 1}
    after = ""
    if query.cursor:
        last_key, values["after_id"] = read_cursor(
            query.cursor, sort.name, sort.python_type(query.record_type.model)
        )
        after = "null" if last_key is None else "value"
        values["after_key"] = last_key
    # Pages nearly all ask for so many: told to the planner, it need not plan each of them anew.
    limit_told = limit + 1 if limit == DEFAULT_LIMIT and not is_json else None
    statement = list_statement(question, columns, sort, is_json=is_json, after=after, limit=limit_told)
    rows = statement.run(session, values)
    if len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, write_cursor(sort.name, rows[-1][-1], rows[-1][0])


def _check_readable(access: RecordAccess, columns: Sequence[Field]) -> None:
    if not access.field_rules:
        return
    for item in columns:
        if access.field_rules.get(item.name) == "none":
            raise unknown_field(item.name)


def _api_columns(query: RecordQuery) -> tuple[Field, ...]:
    known = query.record_type.by_name
    if query.columns is not None:
        return tuple(known[name] for name in query.columns if name in known)
    if not query.access.field_rules:
        return query.record_type.all_fields
    return query.access.readable(query.record_type.all_fields)


def _keep_custom(items: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    for item in items:
        custom = orjson.loads(orjson.dumps(item["custom"]))
        item["custom"] = {name: value for name, value in custom.items() if name in columns}
