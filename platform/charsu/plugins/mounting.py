"""Mounts a plugin's blueprints on an application of their own first: what is wrong with them stays with the
plugin.
"""

from collections.abc import Iterable

from flask import Blueprint, Flask

from charsu.plugins.guard import Contained, contained
from charsu.plugins.manifest import Manifest
from charsu.web.access import UndeclaredRoute, check_routes

#: First words of the core's own addresses, of pages and below /api/v1; no plugin may have one of them as its
#: path.
RESERVED_PATHS = frozenset(
    {
        "account",
        "api",
        "arrive",
        "audit",
        "batches",
        "bin",
        "calendar",
        "checklist",
        "core",
        "demo",
        "dev",
        "display",
        "docs",
        "domains",
        "events",
        "export",
        "files",
        "healthz",
        "help",
        "import",
        "invitations",
        "jobs",
        "join",
        "login",
        "logout",
        "members",
        "metrics",
        "modules",
        "new",
        "notifications",
        "password",
        "people",
        "portal",
        "profile",
        "readyz",
        "reset",
        "roles",
        "samples",
        "search",
        "sessions",
        "settings",
        "signup",
        "static",
        "teams",
        "tenants",
        "today",
        "tokens",
        "webhooks",
    }
)


def check_mount(manifest: Manifest, blueprints: Iterable[Blueprint], permissions: Iterable[str]) -> None:
    """Raise `Contained` with the reason when these blueprints can not be part of the application.

    Their names begin with the module's path, each route declares who may call it by a permission that
    exists, and nothing of them reaches beyond their own routes.
    """
    if manifest.path in RESERVED_PATHS or manifest.path.startswith("core_"):
        raise Contained(f"path {manifest.path} belongs to the core")
    app = Flask("charsu.mounting", static_folder=None)
    untouched = _app_wide(app)
    for blueprint in blueprints:
        name = blueprint.name
        if name != manifest.path and not name.startswith(f"{manifest.path}_"):
            raise Contained(f"blueprint {name} must be named {manifest.path} or {manifest.path}_…")
        with contained():
            app.register_blueprint(blueprint, url_prefix=f"/{name}")
    if _app_wide(app) != untouched:
        raise Contained("a blueprint adds handlers to the whole application")
    try:
        check_routes(app, permissions)
    except UndeclaredRoute as error:
        raise Contained(str(error)) from error


def _app_wide(app: Flask) -> list[int]:
    """Count what runs for every request, whichever blueprint answers it."""
    per_scope = (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.template_context_processors,
        app.url_value_preprocessors,
        app.url_default_functions,
    )
    handlers = app.error_handler_spec.get(None, {})
    counts = [len(found.get(None, ())) for found in per_scope]
    filters = [len(app.jinja_env.filters), len(app.jinja_env.globals), len(app.jinja_env.tests)]
    return [*counts, sum(map(len, handlers.values())), *filters]
