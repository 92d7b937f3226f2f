"""What somebody was allowed when she started background work, kept with it; and whether she still is.

Work in her name never reaches further than she could when she started it, nor further than she can now.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from charsu.errors import PermissionDenied
from charsu.process import runtime
from charsu.records.access import RecordAccess, access_of_member
from charsu.records.fields import LinkField
from charsu.records.links import linked_type
from charsu.text.i18n import _
from charsu_tenants.context import Tenant
from charsu_tenants.grants import FIELD_ACCESS, SCOPES
from charsu_tenants.memberships import find_by_member

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_NOTHING: Mapping[str, Any] = {"scopes": {}, "field_rules": {}}


def bounds_as_json(record_type: RecordType, access: RecordAccess) -> dict[str, Any]:
    """The bounds for this type and for those it links to, to be kept with a batch."""
    linked = (linked_type(item.to) for item in record_type.all_fields if isinstance(item, LinkField))
    return _plain(access) | {
        "member_id": access.member_id and str(access.member_id),
        "linked": {item.key: _plain(access.of(item)) for item in linked if item is not None},
    }


def bounds_from_json(stored: Mapping[str, Any]) -> RecordAccess:
    """Read back `bounds_as_json`; types it does not name may not be seen at all."""
    member_id = stored.get("member_id")
    linked: Mapping[str, Any] = stored.get("linked", {})

    def of_type(record_type: RecordType) -> RecordAccess:
        return RecordAccess(member_id=own.member_id, **linked.get(record_type.key, _NOTHING))

    own = RecordAccess(
        member_id=uuid.UUID(member_id) if member_id else None,
        scopes=stored["scopes"],
        field_rules=stored["field_rules"],
        beside=of_type,
    )
    return own


def still_allowed(then: RecordAccess, tenant: Tenant, record_type: RecordType, *verbs: str) -> RecordAccess:
    """The narrower of what she was allowed then and what she is now; work of the system itself goes on.

    Raises: PermissionDenied, with words for the page of the batch, where she left the business or lost one of
    the `verbs`.
    """
    if then.member_id is None:
        return then
    with runtime().database.control() as conn:
        member = find_by_member(conn, tenant.id, then.member_id)
    if member is None:
        raise PermissionDenied(
            _("Who started it is no member of the business any more."), code="starter_left"
        )
    now = access_of_member(record_type, member)
    if not all(now.can(verb) for verb in verbs):
        raise PermissionDenied(_("Who started it may not do this any more."), code="starter_not_allowed")
    return narrower(then, now)


def narrower(one: RecordAccess, other: RecordAccess) -> RecordAccess:
    """What both allow, for every type."""
    names = one.field_rules.keys() | other.field_rules.keys()
    rules = {
        name: min((access.field_rules.get(name, "write") for access in (one, other)), key=FIELD_ACCESS.index)
        for name in names
    }
    return RecordAccess(
        member_id=one.member_id,
        scopes={
            verb: max(scope, other.scopes[verb], key=SCOPES.index)
            for verb, scope in one.scopes.items()
            if verb in other.scopes
        },
        field_rules=rules,
        beside=lambda record_type: narrower(one.of(record_type), other.of(record_type)),
    )


def reaches(access: RecordAccess, wanted: RecordAccess, record_type: RecordType) -> bool:
    """Whether somebody may read and export all that lies within the bounds `wanted`, linked titles too."""
    if not _covers(access, wanted, ("read", "export")):
        return False
    linked = (linked_type(item.to) for item in record_type.all_fields if isinstance(item, LinkField))
    return all(_covers(access.of(item), wanted.of(item), ("read",)) for item in linked if item is not None)


def _covers(access: RecordAccess, wanted: RecordAccess, verbs: tuple[str, ...]) -> bool:
    for verb in verbs:
        if verb in wanted.scopes and (
            verb not in access.scopes or SCOPES.index(access.scopes[verb]) > SCOPES.index(wanted.scopes[verb])
        ):
            return False
    hidden = {name for name, rule in access.field_rules.items() if rule == "none"}
    return all(wanted.field_rules.get(name) == "none" for name in hidden)


def _plain(access: RecordAccess) -> dict[str, Any]:
    return {"scopes": dict(access.scopes), "field_rules": dict(access.field_rules)}
