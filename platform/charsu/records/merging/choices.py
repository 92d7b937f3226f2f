"""Field by field: what the record that stays takes over from the one that goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import marshmallow as ma

from charsu.errors import RuleViolated
from charsu.records.access import RecordAccess
from charsu.records.fields import Field, LinkField, ListField, MemberField
from charsu.records.record_type import RecordType
from charsu.text.i18n import _

Side = Literal["kept", "lost", "both"]
#: Kinds that can hold the values of both records.
_UNITED = ("multi_choice", "tags", "list", "addresses")
_BLANK: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Difference:
    """One field in which the two records differ, as the reader may see it."""

    field: Field
    kept: Any
    lost: Any
    #: What happens when nobody chooses.
    default: Side

    @property
    def sides(self) -> tuple[Side, ...]:
        """What can be chosen."""
        is_united = can_unite(self.field) and self.kept not in _BLANK and self.lost not in _BLANK
        return ("both", "kept", "lost") if is_united else ("kept", "lost")


def can_unite(field: Field) -> bool:
    """Whether the values of both records can stand in the one field."""
    return field.kind in _UNITED


def differences(fields: Sequence[Field], access: RecordAccess, kept: Any, lost: Any) -> list[Difference]:
    """The fields one may read and write in which the records differ, in the order of the form."""
    shown = access.writable(access.readable(fields))
    found = []
    for item in shown:
        mine, other = _read(item, kept), _read(item, lost)
        if mine != other and not (mine in _BLANK and other in _BLANK):
            found.append(Difference(item, mine, other, _default(item, mine, other)))
    return found


def default_values(record_type: RecordType, fields: Iterable[Field], kept: Any, lost: Any) -> dict[str, Any]:
    """What the kept record gets where nobody chooses: its blanks filled, lists united.

    A phone number or the like that gives way to another one moves to the list of further ones.
    """
    values: dict[str, Any] = {}
    known = {item.name: item for item in fields}
    for item in known.values():
        if item.is_read_only:
            continue
        mine, other = _read(item, kept), _read(item, lost)
        if isinstance(item, LinkField) and not isinstance(item, MemberField):
            values |= _link_value(item, mine, other, (kept.id, lost.id))
        elif other not in _BLANK and mine != other and (mine in _BLANK or can_unite(item)):
            values[item.name] = chosen_value(item, mine, other, "both" if can_unite(item) else "lost")
    return values | _further_values(record_type, known, kept, lost, values)


def values_by_choice(found: Iterable[Difference], choices: Mapping[str, str]) -> dict[str, Any]:
    """The values of the fields somebody chose a side for. Raises `RuleViolated` for a side there is not."""
    values = {}
    for difference in found:
        side = choices.get(difference.field.name)
        if side is None:
            continue
        if side not in difference.sides:
            raise RuleViolated(_("Choose one of the values offered."), field=difference.field.name)
        values[difference.field.name] = chosen_value(difference.field, difference.kept, difference.lost, side)
    return values


def chosen_value(field: Field, kept: Any, lost: Any, side: Side | str) -> Any:
    """The value of one side, or those of both without repetition, as many as the field takes."""
    if side != "both":
        return kept if side == "kept" else lost
    united = [*(kept or ()), *(one for one in lost or () if one not in (kept or ()))]
    most = getattr(field, "most", None)
    return united[:most] if most else united


def _read(item: Field, record: Any) -> Any:
    try:
        return item.read(record)
    except ma.ValidationError:
        # A value of before its custom field was narrowed; it stays where it is.
        return None


def _default(item: Field, kept: Any, lost: Any) -> Side:
    if can_unite(item) and kept not in _BLANK and lost not in _BLANK:
        return "both"
    return "lost" if kept in _BLANK else "kept"


def _link_value(item: Field, mine: Any, other: Any, both: tuple[Any, Any]) -> dict[str, Any]:
    """A record may not come to link to itself, nor to the one that goes."""
    if mine in both:
        return {item.name: None if other in both else other}
    if mine is None and other is not None and other not in both:
        return {item.name: other}
    return {}


def _further_values(
    record_type: RecordType, known: Mapping[str, Field], kept: Any, lost: Any, values: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    rule = record_type.duplicates
    for name, of in ((rule.further if rule else None) or {}).items():
        field, single = known[name], known[of]
        mine, other = _read(single, kept), _read(single, lost)
        if not isinstance(field, ListField) or other in _BLANK or mine in _BLANK or mine == other:
            continue
        so_far = values.get(name, _read(field, kept) or [])
        if other not in so_far:
            found[name] = [*so_far, other][: field.most]
    return found
