"""The revisions the loaded code expects of each module's tables."""

from collections.abc import Mapping
from importlib.util import find_spec

from charsu.runtime import Runtime
from charsu_tenants.lineages import load_lineage


def module_heads(runtime: Runtime) -> Mapping[str, str]:
    """Head revision by module name; a module without migrations has none and is never behind."""
    return {
        plugin.name: load_lineage(plugin.name, f"{plugin.package}.migrations").head
        for plugin in runtime.plugins.loaded
        if find_spec(plugin.package) and find_spec(f"{plugin.package}.migrations")
    }
