"""Values on their way into a record: which may be given, and what stands for those left out or left blank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from charsu.errors import PermissionDenied, RuleViolated
from charsu.records.access import RecordAccess
from charsu.records.fields import Field
from charsu.records.model import Record
from charsu.text.i18n import _


def check_names(fields: Mapping[str, Field], access: RecordAccess, names: Iterable[str]) -> None:
    """Raise RuleViolated where a name is no field, PermissionDenied where the writer may not write it."""
    given = set(names)
    if unknown := sorted(given - fields.keys()):
        raise RuleViolated(_("There is no field “%(name)s”.", name=unknown[0][:80]), field=unknown[0])
    writable = {item.name for item in access.writable(fields.values())}
    if refused := sorted(given - writable):
        raise PermissionDenied(
            _("You can not change “%(title)s”.", title=str(fields[refused[0]].title)),
            field=refused[0],
            code="field_read_only",
        )


def fill_in(
    model: type[Record], fields: Mapping[str, Field], values: dict[str, Any], *, is_new: bool
) -> None:
    """Give a new record the defaults of what was left out or left blank.

    Raises RuleViolated where something required is empty.
    """
    for name, item in fields.items():
        if is_new:
            _take_default(model, item, values)
        elif _is_lacking(model, item, values):
            raise _required(name)
        if item.is_required and (is_new or name in values) and values.get(name) in (None, "", []):
            raise _required(name)


def _take_default(model: type[Record], item: Field, values: dict[str, Any]) -> None:
    """The default of the field, else that of the column, which takes the place of what is not given."""
    if item.default is not None:
        values.setdefault(item.name, item.default)
    if not _is_lacking(model, item, values):
        return
    if item.default is None:
        del values[item.name]
    else:
        values[item.name] = item.default


def _is_lacking(model: type[Record], item: Field, values: Mapping[str, Any]) -> bool:
    """Whether nothing was given where the column takes no nothing."""
    if item.name not in values or values[item.name] is not None or item.is_custom:
        return False
    column = model.__table__.columns.get(item.name)
    return column is not None and not column.nullable


def _required(name: str) -> RuleViolated:
    return RuleViolated(_("Please fill this in."), field=name, code="required")
