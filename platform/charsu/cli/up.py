"""`charsu up`."""

from __future__ import annotations

import os
import sys

import click

from charsu.server.supervisor import Supervisor
from charsu.server.watching import watch_code
from charsu.settings import load_settings, parse_port


@click.command()
@click.option("--port", envvar="PORT", default="8000", show_default=True, help="Port of the web server.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--watch", is_flag=True, help="For authors: start anew when code of Charsu or a plugin changes."
)
def up(port: str, host: str, watch: bool) -> None:
    """Start everything in this terminal: servers, web, worker, scheduler. Ctrl-C stops all."""
    number = parse_port("PORT", port)
    settings = load_settings({**os.environ, "PORT": port})
    watched = watch_code() if watch else None
    sys.exit(Supervisor(settings, host=host, port=number, watch=watched).run())
