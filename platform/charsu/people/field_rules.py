"""Which fields of which records a role hides or locks, checked before they are stored."""

import re
from typing import Literal

from charsu.errors import RuleViolated
from charsu.text.i18n import _
from charsu_tenants.grants import FieldRules

#: More record types, or more fields of one, than any installation has.
MOST = 500
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62}){0,3}")


def check_field_rules(rules: FieldRules, *, field: str) -> FieldRules:
    """Return the rules as they are to be stored, without what they leave open anyway.

    Raises: RuleViolated on `field` for a name that no record type has and for any other word than `none`,
    `read` and `write`.
    """
    if len(rules) > MOST:
        raise _refused(field, _("These are too many rules about fields."))
    checked = {record_type: _of_type(record_type, fields, field) for record_type, fields in rules.items()}
    return {record_type: fields for record_type, fields in checked.items() if fields}


def _of_type(record_type: str, fields: object, field: str) -> dict[str, Literal["none", "read"]]:
    if not isinstance(fields, dict) or len(fields) > MOST or not _NAME.fullmatch(record_type):
        raise _refused(field, _("There are no records called “%(name)s”.", name=record_type[:80]))
    found: dict[str, Literal["none", "read"]] = {}
    for name, access in fields.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _refused(field, _("There is no field “%(name)s”.", name=str(name)[:80]))
        if access == "none" or access == "read":
            found[name] = "none" if access == "none" else "read"
        elif access != "write":
            raise _refused(field, _("A field is hidden (none), shown (read) or open (write)."))
    return found


def _refused(field: str, message: str) -> RuleViolated:
    return RuleViolated(message, field=field, code="field_rule")
