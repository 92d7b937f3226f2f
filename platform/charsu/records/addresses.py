"""Addresses of lists: a query written out again, whole or with something changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus

from charsu.api.paging import DEFAULT_LIMIT
from charsu.records.filters import Filter
from charsu.records.query import RecordQuery

Pairs = list[tuple[str, str]]


def query_pairs(
    query: RecordQuery,
    *,
    filters: Iterable[Filter] | None = None,
    sort: str | None = None,
    without: Iterable[str] = (),
    more: Mapping[str, str] | None = None,
) -> Pairs:
    """The parameters that lead to this query, in a fixed order; `filters` and `sort` replace its own.

    `without` leaves some names out, `more` adds some. A default stays unsaid.
    """
    wanted = list(query.filters if filters is None else filters)
    order = sort or query.sort.name
    pairs: Pairs = [("search", query.search)] if query.search else []
    pairs += [("where", item.written()) for item in wanted]
    if order != query.record_type.sort:
        pairs.append(("sort", order))
    if query.columns is not None:
        pairs.append(("columns", ",".join(query.columns)))
    if query.limit != DEFAULT_LIMIT:
        pairs.append(("limit", str(query.limit)))
    if query.view:
        pairs.append(("view", query.view))
        if not wanted and not query.search:
            # Said aloud, or the filters of the view would count again.
            pairs.append(("where", ""))
    dropped = frozenset(without)
    return [pair for pair in pairs if pair[0] not in dropped] + list((more or {}).items())


def address(path: str, pairs: Iterable[tuple[str, Any]]) -> str:
    """The path with these parameters; readable marks of filters stay as they are."""
    text = "&".join(f"{name}={quote_plus(str(value), safe=':,-._~')}" for name, value in pairs)
    return f"{path}?{text}" if text else path
