"""`charsu plugin list|new|check`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from charsu.cli.session import checking_runtime
from charsu.plugins.checking import check_plugin
from charsu.plugins.host import PluginHost
from charsu.plugins.scaffold import write_plugin


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


@plugin.command()
@click.argument("name")
@click.option("--noun", default="", help="What one record is called; default: made of NAME.")
@click.option("--persian", default="", help="The noun in Persian, in the singular.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="Where to; default: here.")
def new(name: str, noun: str, persian: str, folder: Path) -> None:
    """Write a small working plugin NAME on the record kit, with tests; it passes `charsu plugin check`."""
    written = write_plugin(name, folder, noun=noun, persian=persian)
    click.echo(f"wrote {written}; next: pip install -e {written} && charsu plugin check {name}")


@plugin.command()
@click.argument("name")
def check(name: str) -> None:
    """Check plugin NAME: manifest, hooks, record types, texts, tables, migrations; exit 1 on a finding."""
    with checking_runtime() as runtime:
        findings = check_plugin(runtime, name)
    for finding in findings:
        click.echo(f"charsu: {finding}", err=True)
    if findings:
        sys.exit(1)
    click.echo(f"{name}: all is well")
