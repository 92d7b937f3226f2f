"""Which record types there are, and which of them a tenant uses now."""

from collections.abc import Callable, Iterable

from charsu.errors import NotFound
from charsu.plugins.dispatch import usable_modules
from charsu.plugins.left_out import leave_out
from charsu.process import runtime
from charsu.records.record_type import RecordType
from charsu_tenants.context import Tenant


def record_types() -> tuple[RecordType, ...]:
    """Every type of every installed plugin, in dependency order."""
    return tuple(item for plugin in runtime().plugins.loaded for item in plugin.records)


def usable_types(tenant: Tenant) -> tuple[RecordType, ...]:
    """The types of the modules this tenant has turned on, whose tables are up to date."""
    usable = usable_modules(tenant)
    return tuple(
        item for plugin in runtime().plugins.loaded if plugin.name in usable for item in plugin.records
    )


def types_in_reach(tenant: Tenant, is_wanted: Callable[[RecordType], bool]) -> list[RecordType]:
    """The usable types a page over all modules is made of; modules that can not be asked are left out."""
    plugins, usable = runtime().plugins, usable_modules(tenant)
    found = []
    for plugin in plugins.loaded:
        wanted = [item for item in plugin.records if is_wanted(item)]
        if plugin.name in usable:
            found += wanted
        elif wanted and plugin.name in tenant.modules:
            leave_out(plugin.name)
    return found


def find_type(key: str, among: Iterable[RecordType] | None = None) -> RecordType | None:
    """The type `crm.customer`, or None."""
    return next((item for item in (record_types() if among is None else among) if item.key == key), None)


def usable_type(key: str, tenant: Tenant) -> RecordType:
    """The type, where the tenant uses its module. Raises `NotFound`."""
    found = find_type(key, usable_types(tenant))
    if found is None:
        raise NotFound
    return found
