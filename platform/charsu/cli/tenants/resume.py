"""`charsu tenant resume`."""

import click

from charsu.cli.tenants.opened import opened_database, tenant_of
from charsu.people.visitors import OPERATOR
from charsu_tenants.audit import record_audit
from charsu_tenants.registry import resume_tenant


@click.command()
@click.argument("slug")
def resume(slug: str) -> None:
    """Open the doors of a suspended business again."""
    with opened_database() as database:
        tenant = resume_tenant(database, tenant_of(database, slug).id)
        with database.control() as control:
            record_audit(control, tenant_id=tenant.id, actor=OPERATOR, action="business.resumed")
    click.echo(f"{tenant.slug}: {tenant.status}")
