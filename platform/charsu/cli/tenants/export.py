"""`charsu tenant export`."""

from pathlib import Path

import click

from charsu.cli.tenants.opened import opened_database, tenant_of
from charsu.cli.tenants.written import written_file
from charsu_tenants.exports import export_tenant


@click.command()
@click.argument("slug")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(slug: str, file: Path) -> None:
    """Write every row of a business to a zip of CSV files, for its owner."""
    with opened_database() as database, written_file(file) as target:
        counts = export_tenant(database, tenant_of(database, slug), target)
    click.echo(f"{file}: {sum(counts.values())} rows of {len(counts)} tables")
