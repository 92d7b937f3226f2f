"""`charsu tenant list`."""

import json

import click

from charsu.cli.tenants.opened import opened_database
from charsu_tenants.context import Tenant
from charsu_tenants.registry import list_tenants


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of lines.")
@click.option("--spares", is_flag=True, help="Also the schemas that wait for a business.")
def listing(as_json: bool, spares: bool) -> None:
    """Show every business."""
    with opened_database() as database:
        tenants = list_tenants(database, spares=spares)
    if as_json:
        click.echo(json.dumps([_row(tenant) for tenant in tenants], ensure_ascii=False))
        return
    for tenant in tenants:
        modules = ", ".join(sorted(tenant.modules.keys() - {"core"}))
        click.echo(f"{tenant.slug or tenant.schema}\t{tenant.status}\t{tenant.name}\t{modules}")


def _row(tenant: Tenant) -> dict[str, object]:
    return {
        "id": str(tenant.id),
        "slug": tenant.slug or None,
        "name": tenant.name,
        "status": tenant.status,
        "schema": tenant.schema,
        "locale": tenant.locale,
        "trial_ends_at": tenant.trial_ends_at.isoformat() if tenant.trial_ends_at else None,
        "modules": {
            name: {"revision": state.revision, "access": state.access}
            for name, state in sorted(tenant.modules.items())
        },
    }
