"""The SQL of conditions: each form of `charsu.records.filters.Condition` as a clause with bound places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    all_,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text, TypeEngine, Uuid

from charsu.records.access import teammates
from charsu.records.fields import Field

#: The place of the reader's member id in every statement.
MEMBER = "reader_id"
_ARRAYS = frozenset({"multi_choice", "tags", "list"})
_TEXTS = frozenset({"text", "long_text", "email", "url", "national_id", "phone", "choice"})

Clause = ColumnElement[bool]


def is_one_of(model: Any, ids: Iterable[UUID]) -> Clause:
    """Whether a record is one of these; the ids are one array, so any number of them is one statement."""
    found: Clause = model.id == any_(type_coerce(list(ids), ARRAY(Uuid())))
    return found


def clause(model: Any, field: Field, form: str, places: tuple[str, ...]) -> Clause:
    """The condition of this form on the field; its values go to `places` in their order."""
    return _FORMS[form](model, field, places)


def _place(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return bindparam(name, type_=kind)


def _type(field: Field, model: Any) -> TypeEngine[Any]:
    found: TypeEngine[Any] = field.expression(model).type
    return found


def _is_json(field: Field, model: Any) -> bool:
    return isinstance(_type(field, model), JSONB)


def _text_of(field: Field, model: Any) -> ColumnElement[Any]:
    """What a person would read of the value, as text."""
    expression = field.expression(model)
    if field.kind == "phone":
        return func.replace(expression, "+", "") + " " + func.replace(expression, "+98", "0")
    if isinstance(expression.type, JSONB):
        return cast(func.jsonb_path_query_array(expression, literal_column("'$[*].*'")), Text())
    if isinstance(expression.type, ARRAY):
        joined = func.array_to_string(expression, " ")
        return joined + " " + func.replace(joined, "+98", "0") if field.kind == "list" else joined
    return expression


def search_clause(fields: Sequence[Field], model: Any, place: str) -> Clause:
    """A word in one of these fields, for a search that may not look into all of `search_text`."""
    found = [_matches(_text_of(field, model), _place(place, Text())) for field in fields]
    return or_(false(), *found)


def _matches(expression: ColumnElement[Any], pattern: ColumnElement[Any]) -> Clause:
    found: Clause = expression.op("~*", is_comparison=True)(pattern)
    return found


def _compared(operator: str) -> Callable[[Any, Field, tuple[str, ...]], Clause]:
    def compare(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
        expression = field.expression(model)
        found: Clause = expression.op(operator, is_comparison=True)(_place(places[0], _type(field, model)))
        return found

    return compare


def _range(upper: str) -> Callable[[Any, Field, tuple[str, ...]], Clause]:
    below = _compared(upper)

    def compare(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
        return and_(_compared(">=")(model, field, places[:1]), below(model, field, places[1:]))

    return compare


def _any(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    found: Clause = field.expression(model) == any_(_place(places[0], ARRAY(_type(field, model))))
    return found


def _not_any(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    expression = field.expression(model)
    others = expression != all_(_place(places[0], ARRAY(_type(field, model))))
    return or_(expression.is_(None), others)


def _narrowed(model: Any, field: Field, place: str, precise: Clause) -> Clause:
    """A searched field's words stand in `search_text` too, which has an index."""
    if not field.is_searched or field.is_custom or not hasattr(model, "search_text"):
        return precise
    return and_(model.search_text.like(_place(place, Text())), precise)


def _like(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    precise = _matches(_text_of(field, model), _place(places[1], Text()))
    return _narrowed(model, field, places[0], precise)


def _digits(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    return _narrowed(model, field, places[0], _text_of(field, model).like(_place(places[0], Text())))


def _same(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    return _matches(_text_of(field, model), any_(_place(places[0], ARRAY(Text()))))


def _not_same(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    text = func.coalesce(_text_of(field, model), "")
    found: Clause = text.op("!~*", is_comparison=True)(all_(_place(places[0], ARRAY(Text()))))
    return found


def _true(model: Any, field: Field, _places: tuple[str, ...]) -> Clause:
    return field.expression(model).is_(True)


def _not_true(model: Any, field: Field, _places: tuple[str, ...]) -> Clause:
    return field.expression(model).is_not(True)


def _empty(model: Any, field: Field, _places: tuple[str, ...]) -> Clause:
    expression = field.expression(model)
    if _is_json(field, model):
        return func.coalesce(expression, literal_column("'[]'::jsonb")).in_(
            (literal_column("'[]'::jsonb"), literal_column("'null'::jsonb"), literal_column("'{}'::jsonb"))
        )
    if field.kind in _ARRAYS:
        size: Clause = func.coalesce(func.cardinality(expression), 0) == literal_column("0")
        return size
    if field.kind in _TEXTS:
        return func.coalesce(expression, literal_column("''")) == literal_column("''")
    return expression.is_(None)


def _filled(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    return ~_empty(model, field, places)


def _overlaps(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    sign = "?|" if _is_json(field, model) else "&&"
    return _of_words(field.expression(model), sign, places[0])


def _holds(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    sign = "?&" if _is_json(field, model) else "@>"
    return _of_words(field.expression(model), sign, places[0])


def _words_any(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    kept = getattr(field, "keys_column", "")
    if kept:
        return _of_words(getattr(model, kept), "&&", places[0])
    return _has_word(model, field, any_(_place(places[1], ARRAY(Text()))))


def _words_all(model: Any, field: Field, places: tuple[str, ...]) -> Clause:
    kept = getattr(field, "keys_column", "")
    if kept:
        return _of_words(getattr(model, kept), "@>", places[0])
    wanted = func.unnest(_place(places[1], ARRAY(Text()))).column_valued("wanted")
    missing = select(wanted).where(~_has_word(model, field, wanted))
    return ~exists(missing)


def _has_word(model: Any, field: Field, pattern: ColumnElement[Any]) -> Clause:
    """Whether one of the tags is spelt so; for each row anew, since no column of folds is kept."""
    word = func.unnest(field.expression(model)).column_valued("word")
    return exists(select(word).where(_matches(word, pattern)))


def _of_words(expression: ColumnElement[Any], sign: str, place: str) -> Clause:
    found: Clause = expression.op(sign, is_comparison=True)(_place(place, ARRAY(Text())))
    return found


def _me(model: Any, field: Field, _places: tuple[str, ...]) -> Clause:
    found: Clause = field.expression(model) == _place(MEMBER, Uuid())
    return found


def _my_teams(model: Any, field: Field, _places: tuple[str, ...]) -> Clause:
    return field.expression(model).in_(teammates(_place(MEMBER, Uuid())))


_FORMS: Mapping[str, Callable[[Any, Field, tuple[str, ...]], Clause]] = {
    "any": _any,
    "not_any": _not_any,
    "like": _like,
    "digits": _digits,
    "same": _same,
    "not_same": _not_same,
    "from": _compared(">="),
    "up_to": _compared("<="),
    "below": _compared("<"),
    "range": _range("<"),
    "between": _range("<="),
    "true": _true,
    "not_true": _not_true,
    "empty": _empty,
    "filled": _filled,
    "overlaps": _overlaps,
    "holds": _holds,
    "words_any": _words_any,
    "words_all": _words_all,
    "me": _me,
    "my_teams": _my_teams,
}
