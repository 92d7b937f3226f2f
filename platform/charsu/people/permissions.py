"""Which permissions exist, and what the four built-in roles hold of them."""

from collections.abc import Iterable

from charsu.errors import PermissionDenied, RuleViolated
from charsu.plugins.pieces import Permission
from charsu.process import runtime
from charsu.text.i18n import _, lazy
from charsu_tenants.admission import Person
from charsu_tenants.roles import ALL, OWNER, covers, sync_builtin_roles

#: Titles of the built-in roles, strongest first; stored in English, shown translated.
BUILTIN_TITLES = {
    OWNER: lazy("Owner"),
    "manager": lazy("Manager"),
    "staff": lazy("Staff"),
    "viewer": lazy("Viewer"),
}
_STORED_TITLES = {OWNER: "Owner", "manager": "Manager", "staff": "Staff", "viewer": "Viewer"}

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
    Permission(name="core.token.manage", title=lazy("Make API tokens"), default_roles=("manager",)),
    Permission(name="core.settings.manage", title=lazy("Change settings"), default_roles=("manager",)),
    Permission(
        name="core.session.manage",
        title=lazy("See and end one's own sessions"),
        default_roles=("manager", "staff", "viewer"),
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
            frozenset({ALL})
            if key == OWNER
            else frozenset(item.name for item in all_permissions().values() if key in item.default_roles),
        )
        for key, title in _STORED_TITLES.items()
    }


def refresh_builtin_roles() -> int:
    """Give the built-in roles of all tenants what installed modules propose; cheap when nothing is new."""
    with runtime().database.control() as conn:
        return sync_builtin_roles(conn, builtin_roles())


def check_grant(person: Person, wanted: Iterable[str]) -> None:
    """Refuse to hand out more than one has. Raises: PermissionDenied `grant_too_high`."""
    if not covers(person.permissions, wanted):
        raise PermissionDenied(_("You can not give permissions you do not have."), code="grant_too_high")


def check_known(names: Iterable[str], *, field: str) -> frozenset[str]:
    """Return the names as a set. Raises: RuleViolated on `field` for one that no module declares."""
    wanted = frozenset(names)
    unknown = sorted(wanted - all_permissions().keys() - {ALL})
    if unknown:
        raise RuleViolated(
            _("There is no permission “%(name)s”.", name=unknown[0][:80]),
            field=field,
            code="permission_unknown",
        )
    return wanted
