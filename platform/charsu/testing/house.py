"""The state every test starts from: two businesses that are equal but for their names."""

from dataclasses import dataclass

import redis

from charsu.events.cause import SYSTEM
from charsu.plugins.lifecycle import enable_module
from charsu.process import set_runtime
from charsu.runtime import Runtime
from charsu.testing.snapshots import Snapshot, restore_snapshot, take_snapshot
from charsu_tenants.context import Tenant
from charsu_tenants.registry import create_tenant, find_by_slug

SLUG = "saffron"
OTHER_SLUG = "pistachio"


@dataclass(frozen=True)
class House:
    """The ready-made tenants of one worker and the rows to come back to."""

    runtime: Runtime
    snapshot: Snapshot
    valkey: "redis.Redis"

    def tenant(self) -> Tenant:
        """The business of the test."""
        return self._find(SLUG)

    def other_tenant(self) -> Tenant:
        """The business next door."""
        return self._find(OTHER_SLUG)

    def clean(self) -> None:
        """Undo what a test did to the database, to Valkey and to the process."""
        restore_snapshot(self.runtime.database, self.snapshot)
        self.valkey.flushdb()
        set_runtime(self.runtime)

    def _find(self, slug: str) -> Tenant:
        tenant = find_by_slug(self.runtime.database, slug)
        if tenant is None:
            raise LookupError(f"the ready-made tenant {slug} is gone")
        return tenant


def build_house(runtime: Runtime) -> House:
    """Make both tenants, and turn on every installed module for them."""
    lineages = runtime.plugins.lineages
    tenants = [
        create_tenant(runtime.database, slug=slug, name=name, modules=lineages)
        for slug, name in ((SLUG, "فروشگاه زعفران"), (OTHER_SLUG, "فروشگاه پسته"))
    ]
    for tenant in tenants:
        for plugin in runtime.plugins.loaded:
            enable_module(tenant.id, plugin.name, SYSTEM)
    schemas = ["control", "bus", *(tenant.schema for tenant in tenants)]
    return House(
        runtime=runtime,
        snapshot=take_snapshot(runtime.database, schemas),
        valkey=redis.Redis.from_url(runtime.settings.redis_url),
    )
