"""`charsu worker`."""

from __future__ import annotations

import logging

import click

from charsu.cli.options import log_style
from charsu.cli.session import command_runtime
from charsu.jobs.bell import QUEUES
from charsu.jobs.worker import run_worker
from charsu.logs import LogStyle, configure_logging

logger = logging.getLogger("charsu.plugins")


@click.command()
@log_style
@click.option("--only", type=click.Choice(tuple(QUEUES)), help="Take one kind of work and leave the other.")
def worker(log_style: LogStyle, only: str | None) -> None:
    """Run reactions to events and jobs until Ctrl-C; what runs is finished first."""
    configure_logging("worker", log_style)
    with command_runtime() as runtime:
        # Said by the worker, of which every installation has one; web keeps quiet, it has several processes.
        for plugin in runtime.plugins.quarantined:
            logger.warning("plugin %s is set aside: %s", plugin.name, plugin.reason)
        run_worker(runtime, [only] if only else tuple(QUEUES))
