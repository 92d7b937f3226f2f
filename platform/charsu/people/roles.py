"""Roles of a business: four built-in ones that follow the installed modules, and its own."""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from charsu.errors import Conflict, NotFound, RuleViolated
from charsu.people.field_rules import check_field_rules
from charsu.people.permissions import check_grant, check_known
from charsu.people.visitors import actor_of
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import roles
from charsu_tenants.admission import Person
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.grants import FieldRules, Grant
from charsu_tenants.roles import Role

TITLE_MAX = 60
#: A business does with fewer; the limit keeps lists and checks small.
ROLE_LIMIT = 200
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def list_roles(tenant: Tenant) -> Sequence[Role]:
    """Return the roles of this business, built-in ones first, each with its number of members."""
    with runtime().database.control() as conn:
        return roles.list_roles(conn, tenant.id)


def create_role(tenant: Tenant, person: Person, *, key: str, title: str, grant: Grant) -> Role:
    """Add a role that gives what is chosen. Raises: RuleViolated; PermissionDenied; Conflict when `key` is
    taken.
    """
    if not _KEY.fullmatch(key):
        raise RuleViolated(
            _("Use small Latin letters, digits and underscores, a letter first."),
            field="key",
            code="role_key",
        )
    _check_title(title)
    wanted = _checked(tenant, person, grant, Grant(()))
    with runtime().database.control() as conn:
        if len(roles.list_roles(conn, tenant.id)) >= ROLE_LIMIT:
            raise Conflict(_("There are too many roles. Delete one that nobody has."), code="role_limit")
        role = roles.create_role(conn, tenant.id, key=key, title=title, grant=wanted)
        if role is None:
            raise Conflict(_("There is a role of this name already."), field="key", code="role_taken")
        _record(conn, tenant, person, "role.created", role, after=_described(wanted))
        return role


def update_role(
    tenant: Tenant,
    person: Person,
    role_id: UUID,
    *,
    title: str | None = None,
    permissions: Iterable[str] | None = None,
    field_rules: FieldRules | None = None,
) -> Role:
    """Change a role of the business's own; in force at the next request of everybody who has it.

    What is `None` stays as it is, and what the role had may stay though its module is gone by now.

    Raises: NotFound; Conflict for a built-in role; PermissionDenied when it holds, or is to hold, more than
    the person has.
    """
    with runtime().database.control() as conn:
        role = _lock_own_role(conn, tenant, role_id)
        check_grant(person, role.grant)
        title = role.title if title is None else title
        _check_title(title)
        wanted = Grant(
            role.permissions if permissions is None else permissions,
            role.field_rules if field_rules is None else field_rules,
        )
        wanted = _checked(tenant, person, wanted, role.grant)
        roles.update_role(conn, role.id, title=title, grant=wanted)
        before, after = _described(role.grant), _described(wanted)
        _record(conn, tenant, person, "role.changed", role, before=before, after=after)
        changed = roles.lock_role(conn, tenant.id, role_id)
    return changed or role


def delete_role(tenant: Tenant, person: Person, role_id: UUID) -> None:
    """Delete a role of the business's own. Raises: NotFound; PermissionDenied; Conflict while somebody has
    it.
    """
    with runtime().database.control() as conn:
        role = _lock_own_role(conn, tenant, role_id)
        check_grant(person, role.grant)
        if role.member_count:
            raise Conflict(
                _("Somebody still has this role. Give them another one first."), code="role_in_use"
            )
        roles.delete_role(conn, role.id)
        _record(conn, tenant, person, "role.deleted", role, before=_described(role.grant))


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > TITLE_MAX:
        raise RuleViolated(
            _("Give the role a name of at most %(count)s characters.", count=TITLE_MAX),
            field="title",
            code="role_title",
        )


def _checked(tenant: Tenant, person: Person, wanted: Grant, before: Grant) -> Grant:
    """Return what is to be stored; only what was not so before must be known to a module."""
    check_known(set(wanted.permissions) - set(before.permissions), field="permissions")
    kept = {
        key: fields for key, fields in wanted.field_rules.items() if before.field_rules.get(key) == fields
    }
    new = {key: fields for key, fields in wanted.field_rules.items() if key not in kept}
    rules = {**kept, **check_field_rules(tenant, new, field="field_rules")}
    grant = Grant(frozenset(wanted.permissions), rules)
    check_grant(person, grant)
    return grant


def _described(grant: Grant) -> dict[str, Any]:
    return {"permissions": sorted(grant.permissions), "field_rules": grant.field_rules}


def _lock_own_role(conn: Connection[Any], tenant: Tenant, role_id: UUID) -> Role:
    role = roles.lock_role(conn, tenant.id, role_id)
    if role is None:
        raise NotFound(_("There is no such role."))
    if role.is_builtin:
        raise Conflict(_("Built-in roles can not be changed. Make a role of your own."), code="role_builtin")
    return role


def _record(
    conn: Connection[Any], tenant: Tenant, person: Person, action: str, role: Role, **details: Any
) -> None:
    record_audit(
        conn,
        tenant_id=tenant.id,
        actor=actor_of(person),
        action=action,
        details={"role": role.key, "title": role.title, **details},
    )
