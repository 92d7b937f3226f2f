"""Settings go where the business goes: into its export and backup, and out of it into a copy."""

import io
from typing import Any
from zipfile import ZipFile

from charsu.db import tenant_work
from charsu.runtime import Runtime
from charsu_tenants.backups import back_up_tenant
from charsu_tenants.context import Tenant
from charsu_tenants.exports import export_tenant
from charsu_tenants.lineages import core_lineage
from charsu_tenants.registry import get_tenant
from charsu_tenants.restoring import restore_tenant

from .shop import SETTINGS


def test_an_export_holds_what_is_set_and_no_secret(runtime: Runtime, here: Tenant, change: Any) -> None:
    change({"days": 7, "key": "open-sesame"})
    target = io.BytesIO()

    export_tenant(runtime.database, here, target)

    written = ZipFile(target).read("core_module_settings.csv").decode()
    assert '""days"": 7' in written
    assert "sesame" not in written


def test_a_copy_of_a_backup_has_settings_and_secrets(runtime: Runtime, here: Tenant, change: Any) -> None:
    change({"days": 7, "key": "open-sesame"})
    archive = io.BytesIO()
    back_up_tenant(runtime.database, here, archive)
    archive.seek(0)
    lineages = {one.name: one for one in (core_lineage(), *runtime.plugins.lineages)}

    copy = restore_tenant(runtime.database, archive, lineages, slug="copy")

    copied = get_tenant(runtime.database, copy.id)
    assert copied.modules["shop"].access == "full", "a module without tables is on again too"
    with tenant_work(copied, read_only=True) as session:
        assert (SETTINGS.of(session).days, SETTINGS.of(session).key) == (7, "open-sesame")
