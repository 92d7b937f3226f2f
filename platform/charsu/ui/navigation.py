"""The main menu: which pages there are for a person, and which of them the page at hand belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, url_for

from charsu.db import db
from charsu.people.modules import event_actor
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import call_all, usable_modules
from charsu.plugins.pieces import NavItem
from charsu.plugins.setup import Loaded
from charsu.process import runtime
from charsu.proxies import this_app
from charsu.text.i18n import _, lazy
from charsu.text.preferences import Preferences, current_preferences
from charsu.ui.kept import Kept
from charsu_tenants.admission import Person
from charsu_tenants.context import Tenant


@dataclass(frozen=True, slots=True)
class NavLink:
    """One line of the side navigation."""

    title: str
    url: str
    icon: str
    is_current: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class NavGroup:
    """Lines under one heading; the first group has none.

    Told apart by identity, as it stands in the keys of pages: `navigation` and `lit` give the same one again.
    """

    title: str
    links: tuple[NavLink, ...]
    #: The blueprints of the links, for the core's own pages, which are told by it and not by their address.
    blueprints: tuple[str, ...] = ()
    #: The same group with one of its lines marked, by the place of that line.
    _lit: dict[int, "NavGroup"] = field(default_factory=dict, repr=False)

    def current(self, blueprint: str | None, path: str) -> int:
        """The index of the link the page at hand belongs to, -1 for none.

        In a module the one whose address is the longest beginning of the page's, so that details keep their
        list lit.
        """
        if self.blueprints:
            return self.blueprints.index(blueprint) if blueprint in self.blueprints else -1
        beginnings = [
            (len(link.url), index)
            for index, link in enumerate(self.links)
            if path == link.url or path.startswith(f"{link.url.rstrip('/')}/")
        ]
        return max(beginnings)[1] if beginnings else -1

    def lit(self, current: int) -> "NavGroup":
        """The group with one link marked as the current one."""
        found = self._lit.get(current)
        if found is None:
            links = [
                NavLink(link.title, link.url, link.icon, is_current=index == current)
                for index, link in enumerate(self.links)
            ]
            found = self._lit[current] = NavGroup(self.title, tuple(links), self.blueprints)
        return found


Navigation = tuple[NavGroup, ...]

_START = (
    ("home.dashboard", lazy("Dashboard"), "layout-dashboard", None),
    ("today.show_today", lazy("Today"), "list-check", None),
    ("calendar.show_calendar", lazy("Calendar"), "calendar-event", None),
)
#: Endpoint, title, icon and permission (None: every member) of the core's own pages.
_CORE_LINKS = (
    ("modules.list_modules", lazy("Modules"), "layout-grid", "core.module.manage"),
    ("members.show_members", lazy("Members"), "users", "core.member.read"),
    ("teams.list_teams", lazy("Teams"), "users-group", "core.member.read"),
    ("roles.list_roles", lazy("Roles"), "shield-check", "core.role.manage"),
    ("tokens.list_tokens", lazy("API tokens"), "key", "core.token.manage"),
    ("bin.show_bin", lazy("Recycle bin"), "trash", None),
    ("audit.show_audit", lazy("Audit"), "history", "core.audit.read"),
    ("settings.show_settings", lazy("Settings"), "settings", "core.settings.manage"),
)
#: Menus of this process. Equal tenants have equal modules, equal persons equal permissions.
_kept: Kept[tuple[Flask, Tenant, Person, Preferences], Navigation] = Kept(1024)


def navigation(tenant: Tenant, person: Person) -> Navigation:
    """The menu of this person in her language, no line of it lit.

    Asked of the modules once for equal arguments; where a module failed to answer, each time anew.
    """
    app = this_app()
    key = app, tenant, person, current_preferences()
    found = _kept.get(key)
    if found is not None:
        return found
    modules, is_whole = _module_groups(tenant, person)
    groups = (
        _core_group("", _START, person),
        *modules,
        _core_group(_("Business"), _CORE_LINKS, person),
    )
    made = tuple(group for group in groups if group.links)
    return _kept.put(key, made) if is_whole else made


def _core_group(title: str, rows: Iterable[tuple[str, Any, str, str | None]], person: Person) -> NavGroup:
    shown = [row for row in rows if row[3] is None or person.can(row[3])]
    links = tuple(NavLink(str(text), url_for(endpoint), icon) for endpoint, text, icon, _permission in shown)
    return NavGroup(title, links, tuple(row[0].partition(".")[0] for row in shown))


def _module_groups(tenant: Tenant, person: Person) -> tuple[list[NavGroup], bool]:
    """A group for each module that has something to show, in the modules' own order."""
    ctx = HookContext(tenant=tenant, session=db.session(), actor=event_actor(person), can=person.can)
    given = call_all("nav_items", ctx)
    items: dict[str, list[NavItem]] = {}
    for answer in given.answers:
        if isinstance(answer.value, NavItem):
            items.setdefault(answer.module, []).append(answer.value)
    for plugin in runtime().plugins.loaded:
        if plugin.name in usable_modules(tenant):
            _add_lists(plugin, items.setdefault(plugin.name, []), person)
    groups = [
        NavGroup(str(plugin.manifest.title), tuple(map(_link, items[plugin.name])))
        for plugin in runtime().plugins.loaded
        if items.get(plugin.name)
    ]
    return groups, given.is_whole


def _add_lists(plugin: Loaded, items: list[NavItem], person: Person) -> None:
    """Put the lists of the module's record types among its own items, those it names itself left out."""
    named = {url_for(item.endpoint) for item in items}
    for record_type in plugin.records:
        permission = record_type.permission("read")
        is_listed = record_type.order > 0 and not record_type.is_setup and "read" in record_type.verbs
        if is_listed and record_type.path not in named and person.can(permission):
            endpoint = f"{record_type.module}_{record_type.word}.list_records"
            items.append(
                NavItem(
                    title=record_type.plural_title,
                    endpoint=endpoint,
                    icon=record_type.icon,
                    permission=permission,
                    order=record_type.order,
                )
            )
    items.sort(key=lambda item: item.order)


def _link(item: NavItem) -> NavLink:
    return NavLink(str(item.title), url_for(item.endpoint), item.icon)
