"""`charsu module enable|disable|lift|purge`."""

from __future__ import annotations

import click

from charsu.cli.session import prepared_runtime
from charsu.cli.tenants.opened import tenant_of
from charsu.events.cause import SYSTEM
from charsu.plugins.lifecycle import disable_module, enable_module, lift_quarantine
from charsu.plugins.module_purge import ask_purge, cancel_purge, purge_now


@click.group()
def module() -> None:
    """Turn modules of a tenant on and off; data is kept until its purge."""


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


@module.command("purge")
@click.argument("slug")
@click.argument("name")
@click.option("--now", is_flag=True, help="At once, and not when the grace period is over.")
@click.option("--cancel", is_flag=True, help="Keep the data after all.")
def purge(slug: str, name: str, now: bool, cancel: bool) -> None:
    """Remove what the module NAME, which is off, keeps of the tenant SLUG for good, 30 days from now."""
    if now and cancel:
        raise click.UsageError("--now and --cancel are two things")
    with prepared_runtime() as runtime:
        tenant_id = tenant_of(runtime.database, slug).id
        if now:
            purge_now(tenant_id, name, SYSTEM)
            click.echo(f"removed for good: what {name} kept of {slug}")
        elif cancel:
            cancel_purge(tenant_id, name, SYSTEM)
            click.echo(f"{name} keeps its data of {slug}")
        else:
            due = ask_purge(tenant_id, name, SYSTEM)
            click.echo(f"what {name} keeps of {slug} goes for good from {due:%Y-%m-%d} on")
