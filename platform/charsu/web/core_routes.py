"""Which blueprints each application carries: the core's own, and every module's below its path."""

from pathlib import Path

from flask import Blueprint
from flask_smorest import Api

from charsu.module_settings.page import settings_pages
from charsu.module_settings.rest import settings_api
from charsu.pages.blueprints import SITE_PAGES, TENANT_PAGES
from charsu.people import business_rest, notification_rest, rest, site_rest, team_rest
from charsu.people.permissions import CORE_PERMISSIONS
from charsu.records.blueprints import record_api, record_pages
from charsu.records.rest import today as today_rest
from charsu.records.rest import trail as trail_rest
from charsu.records.rest.custom_fields import custom_fields
from charsu.records.rest.search import search_api
from charsu.runtime import Runtime
from charsu.schedule import rest as schedule_rest
from charsu.server.health import health_blueprint
from charsu.ui.assets import name_assets
from charsu.web.application import API_PREFIX, WebApplication

API_ROOT = f"{API_PREFIX}v1"


def register_platform(app: WebApplication) -> None:
    """Health and metrics, on both applications."""
    app.register_blueprint(health_blueprint(app.runtime))


def register_site(app: WebApplication, api: Api) -> None:
    """The core's pages and API of the bare host."""
    for pages in SITE_PAGES:
        app.register_blueprint(pages)
    api.register_blueprint(site_rest.api)


def register_tenant(app: WebApplication, api: Api) -> None:
    """The core's pages and API of a tenant's host."""
    for pages in TENANT_PAGES:
        app.register_blueprint(pages)
    for blueprint in (
        *(rest.api, business_rest.api, team_rest.api, search_api, custom_fields),
        *(notification_rest.api, schedule_rest.api, today_rest.api, trail_rest.api),
    ):
        api.register_blueprint(blueprint)


def register_modules(app: WebApplication, api: Api) -> dict[str, str]:
    """Mount the pages and API of every loaded module under its path; returns blueprint name -> module."""
    modules: dict[str, str] = {}
    for plugin in app.runtime.plugins.loaded:
        path = plugin.manifest.path
        for pages in plugin.pages:
            prefix = _below(f"/{path}", pages)
            app.register_blueprint(pages, url_prefix=prefix)
            if pages.static_folder:
                name_assets(pages.name, Path(pages.static_folder), f"{prefix}{pages.static_url_path}")
            modules[pages.name] = plugin.name
        for blueprint in plugin.api:
            api.register_blueprint(blueprint, url_prefix=_below(f"{API_ROOT}/{path}", blueprint))
            modules[blueprint.name] = plugin.name
        if plugin.settings is not None or plugin.settings_fault:
            settings = settings_pages(plugin)
            app.register_blueprint(settings, url_prefix=f"/settings/modules/{plugin.name}")
            modules[settings.name] = plugin.name
        if plugin.settings is not None:
            rest = settings_api(plugin.settings)
            api.register_blueprint(rest, url_prefix=f"{API_ROOT}/core/modules/{plugin.name}/settings")
            modules[rest.name] = plugin.name
        for record_type in plugin.records:
            pages, rest = record_pages(record_type), record_api(record_type)
            app.register_blueprint(pages, url_prefix=record_type.path)
            api.register_blueprint(rest, url_prefix=f"{API_ROOT}{record_type.path}")
            modules |= {pages.name: plugin.name, rest.name: plugin.name}
    return modules


def known_permissions(runtime: Runtime) -> frozenset[str]:
    """Every permission a route may ask for."""
    return frozenset(item.name for item in CORE_PERMISSIONS) | frozenset(runtime.plugins.permissions)


def _below(root: str, blueprint: Blueprint) -> str:
    own = blueprint.url_prefix or ""
    return own if own == root or own.startswith(f"{root}/") else root + own
