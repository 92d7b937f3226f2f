"""What stands around every signed-in page: navigation, business, person, days of trial left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for

from charsu import clock
from charsu.db import db
from charsu.people.modules import event_actor
from charsu.people.notifications import count_unread
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import call
from charsu.plugins.pieces import NavItem
from charsu.process import runtime
from charsu.text.i18n import _, lazy
from charsu.web.access import find_person
from charsu_tenants.admission import Person
from charsu_tenants.context import Tenant

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class NavLink:
    """One line of the side navigation."""

    title: str
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True)
class NavGroup:
    """Lines under one heading; the first group has none."""

    title: str
    links: tuple[NavLink, ...]


@dataclass(frozen=True)
class Shell:
    """What the layout shows besides the page itself."""

    tenant: Tenant | None
    person: Person | None
    groups: tuple[NavGroup, ...]
    trial_days: int | None
    #: Address of the bare host, where one chooses among one's businesses.
    site_url: str
    #: Notifications not read yet, for the bell.
    unread_count: int


_DASHBOARD = ("home.dashboard", lazy("Dashboard"), "layout-dashboard", None)
#: Endpoint, title, icon and permission (None: every member) of the core's own pages.
_CORE_LINKS = (
    ("modules.list_modules", lazy("Modules"), "layout-grid", "core.module.manage"),
    ("members.show_members", lazy("Members"), "users", "core.member.read"),
    ("teams.list_teams", lazy("Teams"), "users-group", "core.member.read"),
    ("roles.list_roles", lazy("Roles"), "shield-check", "core.role.manage"),
    ("tokens.list_tokens", lazy("API tokens"), "key", "core.token.manage"),
    ("settings.show_settings", lazy("Settings"), "settings", "core.settings.manage"),
)


def current_shell() -> Shell:
    """The shell of this request; made once."""
    shell: Shell | None = g.get("charsu_shell")
    if shell is None:
        shell = g.charsu_shell = _make_shell()
    return shell


def _make_shell() -> Shell:
    person = find_person()
    tenant: Tenant | None = g.get("tenant")
    groups: tuple[NavGroup, ...] = ()
    if person is not None and tenant is not None:
        groups = tuple(group for group in _groups(tenant, person) if group.links)
    return Shell(
        tenant=tenant,
        person=person,
        groups=groups,
        trial_days=_trial_days(tenant),
        site_url=runtime().settings.base_url,
        unread_count=_unread_count(tenant, person),
    )


def _unread_count(tenant: Tenant | None, person: Person | None) -> int:
    """The one query of the shell; none while the core's tables are being migrated."""
    if tenant is None or person is None:
        return 0
    if tenant.modules["core"].revision < runtime().plugins.heads["core"]:
        return 0
    return count_unread(db.session(), person.member_id)


def _groups(tenant: Tenant, person: Person) -> Iterable[NavGroup]:
    yield NavGroup("", tuple(_core_links([_DASHBOARD], person)))
    yield from _module_groups(tenant, person)
    yield NavGroup(_("Business"), tuple(_core_links(_CORE_LINKS, person)))


def _core_links(rows: Iterable[tuple[str, Any, str, str | None]], person: Person) -> Iterable[NavLink]:
    for endpoint, title, icon, permission in rows:
        if permission is None or person.can(permission):
            is_current = request.blueprint == endpoint.partition(".")[0]
            yield NavLink(str(title), url_for(endpoint), icon, is_current)


def _module_groups(tenant: Tenant, person: Person) -> Iterable[NavGroup]:
    """A group for each module that has something to show, in the modules' own order."""
    ctx = HookContext(tenant=tenant, session=db.session(), actor=event_actor(person), can=person.can)
    items: dict[str, list[NavItem]] = {}
    for answer in call("nav_items", ctx):
        if isinstance(answer.value, NavItem):
            items.setdefault(answer.module, []).append(answer.value)
    for plugin in runtime().plugins.loaded:
        if plugin.name in items:
            yield NavGroup(str(plugin.manifest.title), tuple(_module_links(items[plugin.name])))


def _module_links(items: list[NavItem]) -> Iterable[NavLink]:
    current = _current_item(items)
    for item in items:
        yield NavLink(str(item.title), url_for(item.endpoint), item.icon, item is current)


def _current_item(items: list[NavItem]) -> NavItem | None:
    """The item whose address is the longest beginning of the page's, so that details keep their list lit."""
    beginnings = [
        (len(path), index)
        for index, path in enumerate(url_for(item.endpoint).rstrip("/") for item in items)
        if request.path == path or request.path.startswith(f"{path}/")
    ]
    return items[max(beginnings)[1]] if beginnings else None


def _trial_days(tenant: Tenant | None) -> int | None:
    """Whole days of trial left, counting a begun one; None without a trial, 0 when it is over."""
    if tenant is None or tenant.trial_ends_at is None:
        return None
    seconds = (tenant.trial_ends_at - clock.now()).total_seconds()
    return max(0, -int(-seconds // DAY_SECONDS))
