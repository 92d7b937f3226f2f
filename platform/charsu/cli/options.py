"""Options that several commands share."""

from __future__ import annotations

import click

log_style = click.option(
    "--log-style",
    type=click.Choice(["json", "plain"]),
    default="json",
    show_default=True,
    help="JSON for machines, plain lines for people.",
)
