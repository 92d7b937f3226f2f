"""What a list of records is asked for, read out of an address, a stored view or a batch.

It takes a `RecordAccess`: a field that hides from its reader can not be shown, filtered, sorted or searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.api.paging import DEFAULT_LIMIT, MAX_LIMIT
from charsu.records.custom import fields_of
from charsu.records.filter_errors import BadQuery, bad_value, not_sortable, unknown_field
from charsu.records.filters import Condition, Filter, first_operator, read_filter, split_filter
from charsu.records.service import RecordService
from charsu.records.sorting import Sort
from charsu.records.statements import Question
from charsu.text.folding import fold
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.fields import Field
    from charsu.records.record_type import RecordType

MAX_FILTERS = 20
MAX_WORDS = 8
MAX_SEARCH = 200
#: Parameters of an address that never name a field.
RESERVED = frozenset({"search", "q", "sort", "limit", "cursor", "columns", "view", "where", "lang"})
Args = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RecordQuery:
    """What a list is asked for, checked against what the reader may see."""

    record_type: RecordType
    access: RecordAccess
    sort: Sort
    search: str = ""
    filters: tuple[Filter, ...] = ()
    conditions: tuple[Condition, ...] = ()
    #: Names of the columns asked for; None: the type's own choice.
    columns: tuple[str, ...] | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    #: The saved view it began with: an id, or `all`; empty for none.
    view: str = ""
    search_fields: tuple[Field, ...] | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves any record out."""
        return bool(self.words or self.conditions)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words of the search, at most `MAX_WORDS`."""
        return search_words(self.search)

    def question(self, verb: str = "read") -> Question:
        """What decides its statements."""
        return Question(
            self.record_type, self.access, self.conditions, self.words, self.search_fields, verb=verb
        )

    def as_stored(self) -> dict[str, Any]:
        """Search, filters, order and columns as JSON: for saved views, batches and addresses."""
        stored: dict[str, Any] = {"where": [item.written() for item in self.filters], "sort": self.sort.name}
        if self.search:
            stored["search"] = self.search
        if self.columns is not None:
            stored["columns"] = ",".join(self.columns)
        return stored


def search_words(text: str) -> tuple[str, ...]:
    """The folded words of a search; a phone number's plus sign or leading 00 is dropped."""
    words = fold(text).split()[:MAX_WORDS]
    return tuple(word.removeprefix("+").removeprefix("00") or word for word in words)


def parse_query(record_type: RecordType, session: Session, access: RecordAccess, args: Args) -> RecordQuery:
    """Read the query language out of an address, a stored view or a batch.

    `args` is a `MultiDict`, or a mapping whose `where` is a list. Names that are no field and not reserved
    are refused. Raises `BadQuery` (422) naming what does not fit, `BadCursor` is raised when it is used.
    """
    given = args if isinstance(args, MultiDict) else MultiDict(args)
    fields = _Fields(record_type, session, access)
    pairs = list(_written_filters(given, fields))
    if len(pairs) > MAX_FILTERS:
        raise BadQuery(_("At most %(count)s filters fit.", count=MAX_FILTERS), field="where")
    search = _search(given)
    return RecordQuery(
        record_type=record_type,
        access=access,
        sort=_sort(_first(given, "sort"), record_type, fields),
        search=search,
        filters=tuple(pair[0] for pair in pairs),
        conditions=tuple(pair[1] for pair in pairs),
        columns=_columns(given.getlist("columns"), fields),
        limit=_limit(_first(given, "limit")),
        cursor=_first(given, "cursor") or None,
        view=str(_first(given, "view"))[:40],
        search_fields=fields.search_fields() if search else None,
    )


def with_filters(query: RecordQuery, pairs: Iterable[tuple[Filter, Condition]]) -> RecordQuery:
    """The same query narrowed further, from its first page."""
    added = list(pairs)
    return replace(
        query,
        cursor=None,
        filters=(*query.filters, *(pair[0] for pair in added)),
        conditions=(*query.conditions, *(pair[1] for pair in added)),
    )


class _Fields:
    """The readable fields by name; custom ones are looked up only when they are asked for."""

    def __init__(self, record_type: RecordType, session: Session, access: RecordAccess) -> None:
        self.aliases = record_type.aliases
        self._type = record_type
        self._session = session
        self._access = access

    def get(self, name: str) -> Field:
        """Raises `BadQuery` for an unknown or hidden field."""
        if self._access.field_rules.get(name) == "none":
            raise unknown_field(name)
        found = self._type.by_name.get(name)
        if found is None:
            found = next((item for item in fields_of(self._session, self._type) if item.name == name), None)
        if found is None:
            raise unknown_field(name)
        return found

    def search_fields(self) -> tuple[Field, ...] | None:
        """The fields a search looks into, where some words of `search_text` are hidden; None: all of it."""
        hidden = {name for name, rule in self._access.field_rules.items() if rule == "none"}
        if not hidden:
            return None
        known = self._type.by_name
        says_more = self._type.service.search_words is not RecordService.search_words
        if not says_more and all(name in known and not known[name].is_searched for name in hidden):
            return None
        readable = self._access.readable(fields_of(self._session, self._type))
        return tuple(item for item in readable if item.is_searched)


def _written_filters(given: MultiDict[str, Any], fields: _Fields) -> Iterator[tuple[Filter, Condition]]:
    for text in given.getlist("where"):
        if not isinstance(text, str):
            raise bad_value("where")
        if text.strip():
            name, operator, value = split_filter(text)
            yield read_filter(fields.get(name), operator, value)
    for name in given:
        if name in RESERVED:
            continue
        field = fields.get(fields.aliases.get(name, name))
        for text in given.getlist(name):
            if isinstance(text, str) and text.strip():
                yield read_filter(field, first_operator(field, text), text)


def _first(given: MultiDict[str, Any], name: str) -> Any:
    """As `get`, which makes and catches an error of HTTP for each name that is not there."""
    found = given.getlist(name)
    return (found[0] or "") if found else ""


def _search(given: MultiDict[str, Any]) -> str:
    text = _first(given, "search") or _first(given, "q")
    if not isinstance(text, str) or "\x00" in text or len(text) > MAX_SEARCH:
        raise bad_value("search")
    return " ".join(text.split())


def _sort(text: str, record_type: RecordType, fields: _Fields) -> Sort:
    if not isinstance(text, str):
        raise bad_value("sort")
    name = text.strip() or record_type.sort
    try:
        field = fields.get(name.removeprefix("-"))
    except BadQuery:
        if text.strip():
            raise
        # The type's own order is by a field this reader may not see.
        name, field = "-created_at", record_type.by_name["created_at"]
    if not field.is_sortable:
        raise not_sortable(field.name)
    return Sort(field, is_descending=name.startswith("-"))


def _columns(texts: list[Any], fields: _Fields) -> tuple[str, ...] | None:
    if not all(isinstance(text, str) for text in texts):
        raise bad_value("columns")
    names = tuple(dict.fromkeys(name.strip() for text in texts for name in text.split(",") if name.strip()))
    for name in names:
        fields.get(name)
    return names or None


def _limit(text: Any) -> int:
    if text == "":
        return DEFAULT_LIMIT
    plain = fold(str(text)[:10])
    if not plain.isascii() or not plain.isdigit() or not 1 <= int(plain) <= MAX_LIMIT:
        raise BadQuery(_("The limit is a number from 1 to %(most)s.", most=MAX_LIMIT), field="limit")
    return int(plain)
