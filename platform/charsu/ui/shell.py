"""What stands around every signed-in page: navigation, business, person, days of trial left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for

from charsu import clock
from charsu.text.i18n import _, lazy
from charsu.web.access import find_person
from charsu_tenants.admission import Person

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

    tenant: Any
    person: Person | None
    groups: tuple[NavGroup, ...]
    trial_days: int | None


#: Endpoint, title, icon and permission (None: every member) of the core's own pages.
_CORE_LINKS = (
    ("modules.list_modules", lazy("Modules"), "layout-grid", "core.module.manage"),
    ("members.show_members", lazy("Team"), "users-group", "core.member.read"),
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
    tenant = g.get("tenant")
    groups = tuple(group for group in _groups(person) if group.links) if person is not None else ()
    return Shell(tenant=tenant, person=person, groups=groups, trial_days=_trial_days(tenant))


def _groups(person: Person) -> Iterable[NavGroup]:
    yield NavGroup("", tuple(_links([("home.dashboard", _("Dashboard"), "layout-dashboard", None)], person)))
    yield NavGroup(_("Business"), tuple(_links(_CORE_LINKS, person)))


def _links(rows: Iterable[tuple[str, str, str, str | None]], person: Person) -> Iterable[NavLink]:
    for endpoint, title, icon, permission in rows:
        if endpoint not in current_app.view_functions or (permission and not person.can(permission)):
            continue
        is_current = request.endpoint == endpoint or (
            "." in endpoint
            and endpoint != "home.dashboard"
            and request.blueprint == endpoint.rpartition(".")[0]
        )
        yield NavLink(str(title), url_for(endpoint), icon, is_current)


def _trial_days(tenant: Any) -> int | None:
    """Whole days of trial left, counting a begun one; None without a trial, 0 when it is over."""
    if tenant is None or tenant.trial_ends_at is None:
        return None
    seconds = (tenant.trial_ends_at - clock.now()).total_seconds()
    return max(0, -int(-seconds // DAY_SECONDS))
