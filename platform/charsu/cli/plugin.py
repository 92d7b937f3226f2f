"""`charsu plugin list|new|check`."""

from __future__ import annotations

import click
import orjson

from charsu.plugins.host import PluginHost


@click.group()
def plugin() -> None:
    """List, make and check plugins."""


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def list_plugins(as_json: bool) -> None:
    """List the installed plugins; those that could not be used come with the reason."""
    host = PluginHost.discover()
    found = [
        {"name": p.name, "version": p.manifest.version, "state": "loaded", "reason": "", "head": p.head}
        for p in host.loaded
    ] + [
        {"name": q.name, "version": "", "state": "quarantined", "reason": q.reason, "head": ""}
        for q in host.quarantined
    ]
    if as_json:
        click.echo(orjson.dumps(found))
        return
    for row in found:
        click.echo(f"{row['name']:<20} {row['version']:<10} {row['state']:<12} {row['reason']}".rstrip())
