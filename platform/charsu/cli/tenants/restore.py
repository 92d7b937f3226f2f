"""`charsu tenant restore`."""

from pathlib import Path

import click

from charsu.cli.tenants.opened import opened_database
from charsu.errors import Conflict, RuleViolated
from charsu.plugins.discovery import installed, load_all
from charsu.text.preferences import current_preferences
from charsu_tenants.backups import BadArchive
from charsu_tenants.lineages import BadLineage, lineages_of
from charsu_tenants.migrations import migrate_fleet
from charsu_tenants.restoring import restore_tenant
from charsu_tenants.slugs import InvalidSlug


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--slug", help="Another address than the one it had.")
def restore(file: Path, slug: str | None) -> None:
    """Bring a business back from its backup, and to the revisions of the installed code.

    Under its own address only where that is free: erase the business first, or give another address.
    """
    found, _ = load_all(installed())
    lineages = lineages_of({plugin.manifest.name: plugin.package for plugin in found})
    by_name = {lineage.name: lineage for lineage in lineages}
    with opened_database() as database, file.open("rb") as source:
        try:
            tenant = restore_tenant(database, source, by_name, slug=slug)
        except InvalidSlug as error:
            raise Conflict(error.message(current_preferences().locale), code=error.code) from error
        except (BadArchive, BadLineage) as error:
            raise RuleViolated(str(error), code="backup_unfit") from error
        report = migrate_fleet(database, lineages)
    click.echo(f"{tenant.slug}: {tenant.status}")
    for outcome in report.failed:
        click.echo(outcome.sentence, err=True)
