"""`charsu tenant erase`."""

import click

from charsu.cli.tenants.opened import opened_database, tenant_of
from charsu_tenants.registry import erase_tenant


@click.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(slug: str, yes: bool) -> None:
    """Remove a business for good: its data, its doors, and people who belong nowhere else."""
    with opened_database() as database:
        tenant = tenant_of(database, slug)
        if not yes:
            typed = click.prompt(f"This can not be undone. Type {tenant.slug} to erase {tenant.name}")
            if typed != tenant.slug:
                raise click.Abort
        erase_tenant(database, tenant.id)
    click.echo(f"{slug} is erased.")
