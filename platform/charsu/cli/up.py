"""`charsu up`."""

from __future__ import annotations

import os
import sys

import click

from charsu.server.supervisor import Supervisor
from charsu.settings import load_settings, parse_port


@click.command()
@click.option("--port", envvar="PORT", default="8000", show_default=True, help="Port of the web server.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def up(port: str, host: str) -> None:
    """Start everything in this terminal: servers, web, worker, scheduler. Ctrl-C stops all."""
    number = parse_port("PORT", port)
    settings = load_settings({**os.environ, "PORT": port})
    sys.exit(Supervisor(settings, host=host, port=number).run())
