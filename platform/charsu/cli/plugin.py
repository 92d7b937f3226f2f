"""`charsu plugin list|new|texts|check`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from charsu.cli.session import checking_runtime
from charsu.plugins.checking import check_plugin
from charsu.plugins.discovery import package_of
from charsu.plugins.host import PluginHost
from charsu.plugins.scaffold import write_plugin
from charsu.text.catalogues import find_faults, update_catalogues
from charsu.text.i18n import find_package_folder


@click.group()
def plugin() -> None:
    """List, make and check plugins."""


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def list_plugins(as_json: bool) -> None:
    """List the installed plugins; those that could not be used come with the reason."""
    host = PluginHost.discover()
    found = [
        {
            "name": p.name,
            "version": p.manifest.version,
            "state": "loaded",
            "reason": p.settings_fault and f"without settings: {p.settings_fault}",
            "head": p.head,
        }
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
def texts(name: str) -> None:
    """Bring the translations of plugin NAME up to its code: new texts come in, those not used any more go."""
    package = package_of(name)
    folder = find_package_folder(package) or Path()
    update_catalogues(folder)
    waiting = list(find_faults(package, folder))
    for fault in waiting:
        click.echo(fault)
    click.echo(f"{len(waiting)} wait for you in {folder / 'locale'}" if waiting else "all is translated")


@plugin.command()
@click.argument("name")
def check(name: str) -> None:
    """Check plugin NAME by its code and by using it: texts, tables, hooks, pages; exit 1 on a finding."""
    with checking_runtime() as runtime:
        findings = check_plugin(runtime, name)
    for finding in findings:
        click.echo(f"charsu: {finding}", err=True)
    if findings:
        sys.exit(1)
    click.echo(f"{name}: all is well")
