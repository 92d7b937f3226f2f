"""Where the settings of modules are linked from: those of usable modules whose reader may change them."""

from __future__ import annotations

from dataclasses import dataclass

from charsu.plugins.dispatch import usable_modules
from charsu.plugins.manifest import Text
from charsu.plugins.setup import Loaded
from charsu.process import runtime
from charsu.web.access import can
from charsu_tenants.context import Tenant


@dataclass(frozen=True, kw_only=True)
class SettingsLink:
    """The settings of one module."""

    title: Text
    icon: str
    summary: Text
    url: str


def settings_links(tenant: Tenant) -> list[SettingsLink]:
    """The modules whose settings the person of this request may change, in their own order."""
    usable = usable_modules(tenant)
    return [
        SettingsLink(
            title=plugin.manifest.title,
            icon=plugin.manifest.icon,
            summary=plugin.settings.summary if plugin.settings is not None else plugin.manifest.summary,
            url=url,
        )
        for plugin in runtime().plugins.loaded
        if plugin.name in usable and (url := settings_url(plugin))
    ]


def settings_url(plugin: Loaded) -> str:
    """The address of the module's settings; empty where there are none or they are not for this person."""
    if plugin.settings is None:
        is_shown = bool(plugin.settings_fault) and can("core.settings.manage")
        return f"/settings/modules/{plugin.name}" if is_shown else ""
    return plugin.settings.url if can(plugin.settings.permission) else ""
