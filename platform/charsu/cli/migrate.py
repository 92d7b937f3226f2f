"""`charsu migrate`: the control plane and every tenant, brought to the revisions of the installed code."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import click

from charsu.server.serving import demand_entry, served
from charsu.settings import load_settings
from charsu_tenants.bootstrap import BadDatabase, control_revision, prepare_database
from charsu_tenants.database import Database
from charsu_tenants.lineages import BadLineage, lineages_of
from charsu_tenants.work import find_work

if TYPE_CHECKING:
    from charsu_tenants.migrations import Outcome, Report

#: Plain output says how far it is after this many tenants and modules.
EVERY = 100


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--threads", type=click.IntRange(1, 16), default=2, show_default=True, help="Tenants at once.")
def migrate(as_json: bool, threads: int) -> None:
    """Bring the control plane and every tenant up to date.

    May be killed and started again at any time, also while Charsu runs. Ends with 1 when a tenant failed:
    it keeps its old tables and its data, and only the modules that are behind answer "not available".
    """
    with served(load_settings()) as settings:
        database = Database(settings.database_url, settings.secret_key)
        try:
            demand_entry(database)
            prepare_database(database)
            planned = len(find_work(database, lineages_of(_packages())))
            report = _migrate(database, threads, quiet=as_json) if planned else None
            control = control_revision(database)
        except (BadDatabase, BadLineage) as error:
            raise click.ClickException(str(error)) from error
        finally:
            database.close()
    if as_json:
        click.echo(json.dumps(_as_json(report, control)))
    else:
        _tell(report, control)
    if report is not None and report.failed:
        sys.exit(1)


def _packages() -> dict[str, str]:
    """Packages of the installed plugins by name; none of them is imported."""
    return {point.name: point.value.rpartition(".")[0] for point in entry_points(group="charsu.plugins")}


def _migrate(database: Database, threads: int, *, quiet: bool) -> Report:
    # By name, as it takes a second to load and most starts find nothing to do: the plugins themselves, which
    # know who needs whom, and Alembic.
    discovery = importlib.import_module("charsu.plugins.discovery")
    found, _ = discovery.load_all(discovery.installed())
    lineages = lineages_of({plugin.manifest.name: plugin.package for plugin in found})
    run: Callable[..., Report] = importlib.import_module("charsu_tenants.migrations").migrate_fleet
    if quiet:
        return run(database, lineages, threads=threads)
    if sys.stdout.isatty():
        bar = importlib.import_module("charsu.cli.migration_bar").MigrationBar()
        with bar:
            return run(database, lineages, bar.advance, threads=threads)
    return run(database, lineages, _print_line, threads=threads)


def _print_line(outcome: Outcome, report: Report) -> None:
    finished = report.done + report.passed + len(report.failed)
    if outcome.state == "failed":
        click.echo(outcome.sentence, err=True)
    if finished % EVERY == 0 and finished < report.planned:
        click.echo(f"{finished} of {report.planned}")


def _tell(report: Report | None, control: str | None) -> None:
    if report is None:
        click.echo(f"Up to date; the control plane is at {control}.")
        return
    click.echo(
        f"{report.done + report.passed} of {report.planned} migrated in {report.seconds:.1f} s"
        f"; the control plane is at {control}."
    )
    if report.failed:
        click.echo(f"{len(report.failed)} failed; run `charsu migrate` again to retry.", err=True)


def _as_json(report: Report | None, control: str | None) -> dict[str, Any]:
    if report is None:
        empty: dict[str, Any] = {
            "run": None,
            "planned": 0,
            "done": 0,
            "passed": 0,
            "failed": [],
            "seconds": 0.0,
        }
        return {"control": control, **empty}
    failed = [
        {
            "tenant": item.work.slug,
            "schema": item.work.schema,
            "module": item.work.module,
            "revision": item.work.revision,
            "attempts": item.attempts,
            "error": item.error,
        }
        for item in report.failed
    ]
    return {
        "control": control,
        "run": str(report.run_id) if report.run_id else None,
        "planned": report.planned,
        "done": report.done,
        "passed": report.passed,
        "failed": failed,
        "seconds": round(report.seconds, 3),
    }
