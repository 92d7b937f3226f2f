"""Which fields of which records a role hides or locks, checked before they are stored."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from sqlalchemy import text

from charsu.errors import RuleViolated
from charsu.process import runtime
from charsu.records.record_type import RecordType
from charsu.records.registry import find_type
from charsu.text.i18n import _
from charsu_tenants.context import Tenant
from charsu_tenants.grants import FieldRules

Rules = dict[str, dict[str, Literal["none", "read"]]]
#: More than any installation has.
MOST = 500
_ACCESS = {"none", "read", "write"}
# Archived ones too: their rules are to hold when they come back.
_CUSTOM = text("SELECT key FROM core_custom_field WHERE record_type = :record_type")


def check_field_rules(tenant: Tenant, rules: Mapping[str, Mapping[str, Any]], *, field: str) -> FieldRules:
    """Return the rules as they are to be stored, without what they leave open anyway.

    Raises: RuleViolated on `field` for a record type or field that is not there, for any other word than
    `none`, `read` and `write`, and for hiding the name of a record, by which lists and links show it.
    """

    def refuse(message: str) -> RuleViolated:
        return RuleViolated(message, field=field, code="field_rule")

    if len(rules) > MOST or any(len(fields) > MOST for fields in rules.values()):
        raise refuse(_("These are too many rules about fields."))
    checked: Rules = {}
    for key, fields in rules.items():
        record_type = find_type(key)
        if record_type is None:
            raise refuse(_("There are no records called “%(name)s”.", name=key[:80]))
        _check_type(tenant, record_type, fields, refuse)
        closed: dict[str, Literal["none", "read"]] = {
            name: access for name, access in fields.items() if access != "write"
        }
        if closed:
            checked[key] = closed
    return checked


def _check_type(
    tenant: Tenant,
    record_type: RecordType,
    fields: Mapping[str, Any],
    refuse: Callable[[str], RuleViolated],
) -> None:
    unknown = fields.keys() - record_type.by_name.keys()
    if unknown:
        unknown -= _custom_names(tenant, record_type.key)
    if unknown:
        raise refuse(_("There is no field “%(name)s”.", name=min(unknown)[:80]))
    if not _ACCESS.issuperset(fields.values()):
        raise refuse(_("A field is hidden (none), shown (read) or open (write)."))
    if fields.get(record_type.title_field) == "none":
        raise refuse(_("The name of a record can not be hidden; lists and links show it."))


def _custom_names(tenant: Tenant, record_type: str) -> set[str]:
    with runtime().database.engine(tenant, read_only=True).connect() as connection:
        return set(connection.execute(_CUSTOM, {"record_type": record_type}).scalars())
