"""What stands around every signed-in page: navigation, business, person, days of trial left."""

from collections.abc import Hashable
from dataclasses import dataclass

from flask import Flask, g, render_template, request
from markupsafe import Markup, escape

from charsu import clock
from charsu.db import db
from charsu.people.notifications import count_unread
from charsu.process import runtime
from charsu.proxies import this_app
from charsu.text.preferences import Preferences, current_preferences
from charsu.ui.html import as_html
from charsu.ui.kept import Kept
from charsu.ui.navigation import NavGroup, Navigation, navigation
from charsu.ui.theme import Theme, current_theme
from charsu.web.access import find_person
from charsu_tenants.admission import Person
from charsu_tenants.context import Tenant

DAY_SECONDS = 86_400
_FRAME = "layout/_frame.html"
#: Where the page's own part and its address stand in a kept frame: no text of ours or of a person has NULs.
_CONTENT = Markup("\x00content\x00")
_HERE = "\x00here\x00"


@dataclass(frozen=True)
class Shell:
    """What the layout shows besides the page itself. Equal shells look alike, but for the page's address."""

    tenant: Tenant | None
    person: Person | None
    groups: tuple[NavGroup, ...]
    trial_days: int | None
    #: Address of the bare host, where one chooses among one's businesses.
    site_url: str
    #: Notifications not read yet, for the bell.
    unread_count: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The shell's HTML in front of a page's content and behind it."""

    before: Markup
    after: Markup


_FrameKey = tuple[Flask, Shell, Preferences, Theme]
#: Frames of this process: drawing one takes Jinja longer than all the rest of a page.
_kept: Kept[_FrameKey, tuple[str, str]] = Kept(512)


def current_shell() -> Shell:
    """The shell of this request; made once."""
    shell: Shell | None = g.get("charsu_shell")
    if shell is None:
        shell = g.charsu_shell = _make_shell()
    return shell


def page_key() -> Hashable:
    """All that the pages of one address may show of their surroundings: equal keys, equal surroundings.

    For who keeps more of a page than its frame.
    """
    app = this_app()
    return app, current_shell(), current_preferences(), current_theme(), request.full_path


def current_frame() -> Frame:
    """The shell of this request as HTML, for `layout/app.html`.

    Equal shells in the same language and theme are drawn once, by `layout/_frame.html`: what that template
    shows has to come from these alone. The page's own address is put in for each request.
    """
    app = this_app()
    shell = current_shell()
    key = app, shell, current_preferences(), current_theme()
    found = _kept.get(key)
    if found is None:
        html = render_template(_FRAME, shell=shell, content=_CONTENT, here=_HERE)
        before, _mark, after = html.partition(str(_CONTENT))
        found = _kept.put(key, (before, after))
    here = str(escape(request.full_path))
    before, after = (as_html(part.replace(_HERE, here)) for part in found)
    return Frame(before, after)


def _make_shell() -> Shell:
    person = find_person()
    tenant: Tenant | None = g.get("tenant")
    groups: tuple[NavGroup, ...] = ()
    if person is not None and tenant is not None:
        groups = _lit(navigation(tenant, person))
    return Shell(
        tenant=tenant,
        person=person,
        groups=groups,
        trial_days=_trial_days(tenant),
        site_url=runtime().settings.base_url,
        unread_count=_unread_count(tenant, person),
    )


def _lit(groups: Navigation) -> tuple[NavGroup, ...]:
    """The menu with the line of this page marked."""
    blueprint, path = request.blueprint, request.path
    marks = [group.current(blueprint, path) for group in groups]
    return tuple(group if mark < 0 else group.lit(mark) for group, mark in zip(groups, marks, strict=True))


def _unread_count(tenant: Tenant | None, person: Person | None) -> int:
    """The one query of the shell; none while the core's tables are being migrated."""
    if tenant is None or person is None:
        return 0
    if tenant.modules["core"].revision < runtime().plugins.heads["core"]:
        return 0
    return count_unread(db.session(), person.member_id)


def _trial_days(tenant: Tenant | None) -> int | None:
    """Whole days of trial left, counting a begun one; None without a trial, 0 when it is over."""
    if tenant is None or tenant.trial_ends_at is None:
        return None
    seconds = (tenant.trial_ends_at - clock.now()).total_seconds()
    return max(0, -int(-seconds // DAY_SECONDS))
