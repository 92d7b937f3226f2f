"""`charsu scheduler`."""

from __future__ import annotations

import click

from charsu.cli.options import log_style
from charsu.cli.session import command_runtime
from charsu.jobs.scheduler import run_scheduler
from charsu.logs import LogStyle, configure_logging


@click.command()
@log_style
def scheduler(log_style: LogStyle) -> None:
    """Start the jobs that are due by the clock until Ctrl-C; several may run at once."""
    configure_logging("scheduler", log_style)
    with command_runtime() as runtime:
        run_scheduler(runtime)
