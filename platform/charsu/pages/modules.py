"""The Modules page: what there is, what it costs, what it needs; on and off with one click."""

from dataclasses import dataclass

from flask import Blueprint, Response

from charsu.db import db
from charsu.errors import Conflict, DomainError, NotFound
from charsu.module_settings.linking import settings_url
from charsu.pages.schemas import PurgeForm
from charsu.pages.visit import actor, tenant
from charsu.plugins.lifecycle import disable_module, enable_module, lift_quarantine, module_rows
from charsu.plugins.manifest import Manifest
from charsu.plugins.module_purge import GRACE_DAYS, ask_purge, cancel_purge, check_purge, what_goes
from charsu.plugins.setup import Loaded
from charsu.process import runtime
from charsu.text.calendar import format_date, local_date
from charsu.text.folding import fold
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import Errors, parse_form
from charsu.web.rendering import page_redirect, render
from charsu_tenants.modules import ModuleRow

modules = Blueprint("modules", __name__)


@dataclass(frozen=True)
class ModuleCard:
    """One module as the page shows it: `requires` and `needed_by` are titles."""

    manifest: Manifest
    row: ModuleRow | None
    state: str
    requires: tuple[str, ...]
    needed_by: tuple[str, ...]
    #: Where its settings are; empty where it has none, or none for this person.
    settings_url: str


@modules.get("/modules")
@requires("core.module.manage")
def list_modules() -> Response:
    """Every module of this installation."""
    rows = module_rows(tenant().id)
    cards = [_card(plugin.manifest, rows) for plugin in runtime().plugins.loaded]
    return render("pages/modules.html", cards=cards, broken=runtime().plugins.quarantined)


@modules.post("/modules/<name>/activation")
@requires("core.module.manage")
def activate(name: str) -> Response:
    """Turn a module on, with what it needs."""
    enabled = enable_module(tenant().id, name, actor())
    titles = [str(runtime().plugins.module(other).manifest.title) for other in enabled]
    if titles:
        flash(_("Turned on: %(names)s.", names=_(", ").join(titles)))
    return page_redirect("modules.list_modules")


@modules.post("/modules/<name>/deactivation")
@requires("core.module.manage")
def deactivate(name: str) -> Response:
    """Turn a module off; its data stays."""
    try:
        disable_module(tenant().id, name, actor())
    except (Conflict, NotFound) as refusal:
        return _refused(refusal)
    title = str(runtime().plugins.module(name).manifest.title)
    flash(_("%(name)s is off. Its data is kept, in case you turn it on again.", name=title), "info")
    return page_redirect("modules.list_modules")


@modules.post("/modules/<name>/retry")
@requires("core.module.manage")
def retry(name: str) -> Response:
    """Let a module that was switched off for its faults work again."""
    lift_quarantine(tenant().id, name, actor())
    flash(_("The module works again. Should it fail again, it is switched off again."), "info")
    return page_redirect("modules.list_modules")


@modules.get("/modules/<name>/purge")
@requires("core.module.purge")
def confirm_purge(name: str) -> Response:
    """What would go for good, and the name to be typed."""
    try:
        plugin, row = check_purge(tenant().id, name)
    except (Conflict, NotFound) as refusal:
        return _refused(refusal)
    return _purge_page(plugin, row, {})


@modules.post("/modules/<name>/purge")
@requires("core.module.purge")
def post_purge(name: str) -> Response:
    """Have it removed when the grace period is over, where the module's name was typed."""
    form, _errors = parse_form(PurgeForm)
    try:
        plugin, row = check_purge(tenant().id, name)
        title = str(plugin.manifest.title)
        if fold(form.get("title", "")) not in {fold(title), fold(name)}:
            return _purge_page(plugin, row, {"title": [_("Type the module's name: %(name)s.", name=title)]})
        due = ask_purge(tenant().id, name, actor())
    except (Conflict, NotFound) as refusal:
        return _refused(refusal)
    day = format_date(local_date(due), "long")
    flash(
        _("The data of %(name)s is removed on %(day)s; until then you can call it off.", name=title, day=day)
    )
    return page_redirect("modules.list_modules")


@modules.post("/modules/<name>/purge/cancellation")
@requires("core.module.purge")
def post_purge_cancellation(name: str) -> Response:
    """Keep it after all."""
    try:
        cancel_purge(tenant().id, name, actor())
    except NotFound as refusal:
        return _refused(refusal)
    flash(_("The data of the module is kept."), "info")
    return page_redirect("modules.list_modules")


def _purge_page(plugin: Loaded, row: ModuleRow, errors: Errors) -> Response:
    return render(
        "pages/module_purge.html",
        status=422 if errors else 200,
        manifest=plugin.manifest,
        row=row,
        going=what_goes(db.session(), plugin),
        days=GRACE_DAYS,
        errors=errors,
    )


def _refused(refusal: DomainError) -> Response:
    flash(refusal.message, "danger")
    return page_redirect("modules.list_modules")


def _card(manifest: Manifest, rows: dict[str, ModuleRow]) -> ModuleCard:
    plugins = runtime().plugins
    row = rows.get(manifest.name)
    state = _state(manifest.name, row)
    needed_by = [name for name in plugins.dependents(manifest.name) if name in rows and rows[name].is_enabled]
    return ModuleCard(
        manifest=manifest,
        row=row,
        state=state,
        requires=tuple(str(plugins.module(name).manifest.title) for name in manifest.requires),
        needed_by=tuple(str(plugins.module(name).manifest.title) for name in needed_by),
        settings_url=settings_url(plugins.module(manifest.name)) if state in ("on", "read_only") else "",
    )


def _state(name: str, row: ModuleRow | None) -> str:
    """One of off, on, read_only, quarantined, behind."""
    if row is None or not row.is_enabled:
        return "off"
    if row.quarantined_at is not None:
        return "quarantined"
    if row.revision < runtime().plugins.heads.get(name, ""):
        return "behind"
    return "read_only" if row.access == "read_only" else "on"
