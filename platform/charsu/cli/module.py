"""`charsu module enable|disable`."""

from __future__ import annotations

import click

from charsu.cli.session import prepared_runtime
from charsu.cli.tenants.opened import tenant_of
from charsu.events.cause import SYSTEM
from charsu.plugins.lifecycle import disable_module, enable_module, lift_quarantine


@click.group()
def module() -> None:
    """Turn modules of a tenant on and off; data is kept."""


@module.command()
@click.argument("slug")
@click.argument("name")
def enable(slug: str, name: str) -> None:
    """Turn module NAME on for the tenant SLUG, with everything it requires."""
    with prepared_runtime() as runtime:
        enabled = enable_module(tenant_of(runtime.database, slug).id, name, SYSTEM)
    click.echo(f"turned on: {', '.join(enabled)}" if enabled else f"{name} was on already")


@module.command()
@click.argument("slug")
@click.argument("name")
def disable(slug: str, name: str) -> None:
    """Turn module NAME off for the tenant SLUG; refused while others that need it are on."""
    with prepared_runtime() as runtime:
        disable_module(tenant_of(runtime.database, slug).id, name, SYSTEM)
    click.echo(f"turned off: {name}; its data is kept")


@module.command("lift")
@click.argument("slug")
@click.argument("name")
def lift(slug: str, name: str) -> None:
    """Let module NAME of the tenant SLUG try again after its faults switched it off."""
    with prepared_runtime() as runtime:
        lift_quarantine(tenant_of(runtime.database, slug).id, name, SYSTEM)
    click.echo(f"{name} works again for {slug}")
