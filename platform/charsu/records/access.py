"""What one person may see and change of the records of one type: the scope of each verb, and the fields."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.sql import column, table

from charsu.errors import NotFound, PermissionDenied
from charsu.records.fields import Field
from charsu.text.i18n import _
from charsu.web.access import find_person
from charsu_tenants.grants import SCOPES, FieldAccess, Scope, widest_scope
from charsu_tenants.memberships import Membership

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_VERBS = ("read", "write", "delete", "export", "import", "merge")

_team_member = table("core_team_member", column("team_id"), column("member_id"))


@dataclass(frozen=True, kw_only=True)
class RecordAccess:
    """The bounds of one actor for one record type.

    Reading, counting, searching, exporting and writing take one of these and can not be called without: there
    is no default that lets everything through.
    """

    #: None for work of the system itself.
    member_id: uuid.UUID | None
    #: Verb -> scope; a verb that is missing is not allowed at all.
    scopes: Mapping[str, Scope]
    #: Fields that are hidden or read only; the others can be written.
    field_rules: Mapping[str, FieldAccess] = field(default_factory=dict)
    #: Work of the system itself: also writes what is read only to people.
    is_system: bool = False
    #: The bounds of the same actor for another type; None: these are for every type.
    beside: Callable[[RecordType], RecordAccess] | None = None

    def of(self, record_type: RecordType) -> RecordAccess:
        """The bounds of the same actor for another type, such as the one a link leads to."""
        return self if self.beside is None else self.beside(record_type)

    def can(self, verb: str) -> bool:
        """Whether the verb is allowed for any record."""
        return verb in self.scopes

    def require(self, verb: str) -> None:
        """Raise `PermissionDenied` unless the verb is allowed for some record."""
        if verb not in self.scopes:
            raise PermissionDenied

    def criteria(self, model: Any, verb: str = "read") -> tuple[ColumnElement[bool], ...]:
        """What to add to a statement on `model` so that only records within the scope of `verb` remain.

        Nothing for `all`; a statement for a verb that is not allowed finds nothing.
        """
        scope = self.scopes.get(verb)
        if scope == "all":
            return ()
        if scope is None or self.member_id is None:
            return (false(),)
        if scope == "own":
            return (model.owner_id == self.member_id,)
        return (model.owner_id.in_(teammates(self.member_id)) | (model.owner_id == self.member_id),)

    def readable(self, fields: Iterable[Field]) -> tuple[Field, ...]:
        """The fields whose values may be shown, filtered, sorted, searched and exported."""
        return tuple(item for item in fields if self.shows(item.name))

    def shows(self, name: str) -> bool:
        """Whether the values of this field may be shown, also as part of a sum or a sentence."""
        return self.field_rules.get(name) != "none"

    def writable(self, fields: Iterable[Field]) -> tuple[Field, ...]:
        """The fields people may set."""
        return tuple(
            item
            for item in fields
            if self.is_system or not (item.is_read_only or item.name in self.field_rules)
        )

    def check_owner(self, owner_id: uuid.UUID | None, verb: str = "write") -> None:
        """Refuse to give a record away to where one could not have it oneself.

        With scope `own` the owner is oneself; with `team` it may be a teammate, which the statement that
        reads the record again decides. Raises: PermissionDenied.
        """
        if self.scopes.get(verb) == "own" and owner_id != self.member_id:
            raise PermissionDenied(
                _("You can only keep records that are your own."), field="owner_id", code="owner_out_of_scope"
            )


def access_of_request(record_type: RecordType) -> RecordAccess:
    """The bounds of the person of this request. Raises `NotFound` where nobody is signed in."""
    person = find_person()
    if person is None:
        raise NotFound
    return RecordAccess(
        member_id=person.member_id,
        scopes=dict(_scopes(record_type, person.permissions)),
        field_rules=person.field_rules.get(record_type.key, {}),
        beside=access_of_request,
    )


def access_of_member(record_type: RecordType, member: Membership) -> RecordAccess:
    """The bounds of a member outside a request: what is sent to her, and her calendar feed."""
    held = frozenset(member.role_permissions)
    return RecordAccess(
        member_id=member.member_id,
        scopes=dict(_scopes(record_type, held)),
        field_rules=member.role_field_rules.get(record_type.key, {}),
        beside=partial(access_of_member, member=member),
    )


@lru_cache(maxsize=1024)
def _scopes(record_type: RecordType, permissions: frozenset[str]) -> Mapping[str, Scope]:
    """The scope of each verb that is held; none reaches further than reading, where that is held.

    So nobody changes, exports or merges what she does not see, and no answer to a write shows it to her.
    Kept, as equal permissions always give the same.
    """
    found = {verb: widest_scope(permissions, record_type.permission(verb)) for verb in _VERBS}
    held = {verb: scope for verb, scope in found.items() if scope is not None}
    if record_type.is_setup:
        return _of_setup(held)
    limit = held.get("read", "all")
    return {verb: max(scope, limit, key=SCOPES.index) for verb, scope in held.items()}


def _of_setup(held: Mapping[str, Scope]) -> dict[str, Scope]:
    """The set-up has no owners: a scope that a role holds from before reads all and changes nothing."""
    return {verb: "all" for verb, scope in held.items() if verb == "read" or scope == "all"}


def full_access() -> RecordAccess:
    """The bounds of work no person asked for: none. For jobs, reactions, samples and services of modules."""
    return RecordAccess(member_id=None, scopes=dict.fromkeys(_VERBS, "all"), is_system=True)


def teammates(member_id: Any) -> Any:
    """A subquery of the members who share a team with this one (an id or a bound place)."""
    mine = _team_member.alias("my_team")
    return (
        select(_team_member.c.member_id)
        .join(mine, mine.c.team_id == _team_member.c.team_id)
        .where(mine.c.member_id == member_id)
    )
