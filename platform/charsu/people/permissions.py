"""Which permissions exist, and what the built-in roles hold of them."""

from collections.abc import Iterable, Mapping

from charsu.errors import PermissionDenied, RuleViolated
from charsu.plugins.pieces import Permission
from charsu.process import runtime
from charsu.text.i18n import _, lazy
from charsu_tenants.admission import Person
from charsu_tenants.grants import ALL, OWN_SUFFIX, TEAM_SUFFIX, Grant, base_name
from charsu_tenants.roles import OWNER, sync_builtin_roles

#: Titles of the built-in roles, strongest first; stored in English, shown translated.
BUILTIN_TITLES = {
    OWNER: lazy("Owner"),
    "manager": lazy("Manager"),
    "staff": lazy("Staff"),
    "viewer": lazy("Viewer"),
    "dealer": lazy("Dealer or branch"),
}
_STORED_TITLES = {
    OWNER: "Owner",
    "manager": "Manager",
    "staff": "Staff",
    "viewer": "Viewer",
    "dealer": "Dealer or branch",
}

#: What the core itself asks for; modules add theirs by the `permissions` hook.
CORE_PERMISSIONS = (
    Permission(
        name="core.member.read",
        title=lazy("See members and roles"),
        default_roles=("manager", "staff", "viewer"),
    ),
    Permission(
        name="core.member.manage", title=lazy("Invite and remove members"), default_roles=("manager",)
    ),
    Permission(name="core.role.manage", title=lazy("Make and change roles"), default_roles=()),
    Permission(name="core.module.manage", title=lazy("Turn modules on and off"), default_roles=("manager",)),
    Permission(name="core.module.purge", title=lazy("Remove the data of modules for good"), default_roles=()),
    Permission(name="core.token.manage", title=lazy("Make API tokens"), default_roles=("manager",)),
    Permission(name="core.settings.manage", title=lazy("Change settings"), default_roles=("manager",)),
    Permission(
        name="core.session.manage",
        title=lazy("See and end one's own sessions"),
        default_roles=("manager", "staff", "viewer", "dealer"),
    ),
    Permission(
        name="core.field.manage", title=lazy("Add and change fields of records"), default_roles=("manager",)
    ),
    Permission(name="core.audit.read", title=lazy("Read the audit trail"), default_roles=("manager",)),
)


def all_permissions() -> dict[str, Permission]:
    """Return every permission of the core and the installed modules by name, the core's first."""
    return {item.name: item for item in CORE_PERMISSIONS} | runtime().plugins.permissions


def builtin_roles() -> dict[str, tuple[str, frozenset[str]]]:
    """Return title and permissions of each built-in role, as the installed modules propose them."""
    return {
        key: (
            title,
            frozenset({ALL}) if key == OWNER else frozenset(names_for(key, all_permissions().values())),
        )
        for key, title in _STORED_TITLES.items()
    }


def names_for(role: str, permissions: Iterable[Permission]) -> list[str]:
    """Return those permissions a built-in role holds by default, with their scopes: `crm.deal.read@team`."""
    return [held for item in permissions if (held := item.held_by(role)) is not None]


def refresh_builtin_roles() -> int:
    """Give the built-in roles of all tenants what installed modules propose; cheap when nothing is new."""
    with runtime().database.control_autocommit() as conn:
        return sync_builtin_roles(conn, builtin_roles())


def check_grant(person: Person, wanted: Grant) -> None:
    """Refuse to hand out more than one has: a permission, a wider scope, a field hidden from oneself.

    Raises: PermissionDenied `grant_too_high`.
    """
    if not person.grant.covers(wanted):
        raise PermissionDenied(_("You can not give permissions you do not have."), code="grant_too_high")


def check_known(names: Iterable[str], *, field: str) -> frozenset[str]:
    """Return the names as a set. Raises: RuleViolated on `field` for one that no module declares, or with a
    scope that it does not take.
    """
    wanted = frozenset(names)
    known = all_permissions()
    unknown = sorted(name for name in wanted - {ALL} if not _is_known(name, known))
    if unknown and (permission := _without_scopes(unknown[0], known)) is not None:
        raise RuleViolated(
            _("“%(title)s” is for all or not at all, as nobody owns these.", title=str(permission.title)),
            field=field,
            code="permission_not_scoped",
        )
    if unknown:
        raise RuleViolated(
            _("There is no permission “%(name)s”.", name=unknown[0][:80]),
            field=field,
            code="permission_unknown",
        )
    return wanted


def _without_scopes(name: str, known: Mapping[str, Permission]) -> Permission | None:
    """The permission that a name holds within a scope, though it has none."""
    permission = known.get(base_name(name))
    is_scope = name.endswith((TEAM_SUFFIX, OWN_SUFFIX))
    return permission if is_scope and permission is not None and not permission.is_scoped else None


def _is_known(name: str, known: Mapping[str, Permission]) -> bool:
    permission = known.get(base_name(name))
    return permission is not None and name in permission.spellings
