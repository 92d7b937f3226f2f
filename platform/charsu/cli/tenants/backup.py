"""`charsu tenant backup`."""

from pathlib import Path

import click

from charsu.cli.tenants.opened import opened_database, tenant_of
from charsu.cli.tenants.written import written_file
from charsu_tenants.backups import back_up_tenant


@click.command()
@click.argument("slug")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(slug: str, file: Path) -> None:
    """Write a business to a file it can be restored from; people may go on working meanwhile."""
    with opened_database() as database, written_file(file) as target:
        back_up_tenant(database, tenant_of(database, slug), target)
    click.echo(f"{file}: {file.stat().st_size} bytes")
