"""`charsu jobs wait|dead|replay`."""

from __future__ import annotations

import dataclasses
import math
import sys

import click
import orjson

from charsu.api.fields import BIGINT_MAX
from charsu.cli.session import prepared_runtime
from charsu.errors import NotFound
from charsu.jobs.quiet import wait_until_quiet
from charsu_tenants import bus

A_DAY = 86_400.0


@click.group()
def jobs() -> None:
    """Wait for events and jobs, see those that failed for good, run them again."""


@jobs.command()
@click.option(
    "--timeout", type=click.FloatRange(0, A_DAY), default=60.0, show_default=True, help="Seconds to wait."
)
def wait(timeout: float) -> None:
    """Return once no event or job is left to run; exit 1 when some still are after the time."""
    if math.isnan(timeout):
        raise click.BadParameter("nan is no time", param_hint="'--timeout'")
    with prepared_runtime() as runtime:
        left = wait_until_quiet(runtime, timeout)
    if left:
        click.echo(f"charsu: {left} still to run after {timeout:g} s", err=True)
        sys.exit(1)


@jobs.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def dead(as_json: bool) -> None:
    """List what failed for good, oldest first."""
    with prepared_runtime() as runtime, runtime.database.control_autocommit() as conn:
        letters = bus.dead_letters(conn)
    if as_json:
        click.echo(orjson.dumps([dataclasses.asdict(letter) for letter in letters]))
        return
    for letter in letters:
        whose = letter.slug or letter.tenant or "platform"
        click.echo(f"{letter.id}  {whose}  {letter.handler}  {letter.last_error}")
    if not letters:
        click.echo("nothing failed for good")


@jobs.command()
@click.argument("delivery_id", metavar="ID", type=click.IntRange(1, BIGINT_MAX), required=False)
@click.option("--all", "is_all", is_flag=True, help="All of them.")
def replay(delivery_id: int | None, is_all: bool) -> None:
    """Run dead letter ID (or --all) again, as if for the first time."""
    if (delivery_id is None) != is_all:
        raise click.UsageError("name one ID, or --all")
    with prepared_runtime() as runtime, runtime.database.control_autocommit() as conn:
        count = bus.replay(conn, delivery_id)
    if delivery_id is not None and count == 0:
        raise NotFound(f"there is no dead letter {delivery_id}")
    click.echo(f"{count} will run again")
