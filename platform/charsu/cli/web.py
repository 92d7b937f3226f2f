"""`charsu web`."""

from __future__ import annotations

import os

import click

from charsu.cli.options import log_style
from charsu.logs import LogStyle, configure_logging
from charsu.server.serving import served
from charsu.server.web import serve_web
from charsu.settings import load_settings, parse_port


@click.command()
@click.option("--port", envvar="PORT", default="8000", show_default=True, help="Port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@log_style
def web(port: str, host: str, log_style: LogStyle) -> None:
    """Serve pages and the API until Ctrl-C."""
    number = parse_port("PORT", port)
    configure_logging("web", log_style)
    with served(load_settings({**os.environ, "PORT": port})) as settings:
        serve_web(settings, host=host, port=number, style=log_style)
