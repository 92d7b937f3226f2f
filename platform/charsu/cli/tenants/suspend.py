"""`charsu tenant suspend`."""

import click

from charsu.cli.tenants.opened import opened_database, tenant_of
from charsu.people.visitors import OPERATOR
from charsu_tenants.audit import record_audit
from charsu_tenants.registry import suspend_tenant


@click.command()
@click.argument("slug")
def suspend(slug: str) -> None:
    """Close the doors of a business; its data stays."""
    with opened_database() as database:
        tenant = suspend_tenant(database, tenant_of(database, slug).id)
        with database.control() as control:
            record_audit(control, tenant_id=tenant.id, actor=OPERATOR, action="business.suspended")
    click.echo(f"{tenant.slug}: {tenant.status}")
