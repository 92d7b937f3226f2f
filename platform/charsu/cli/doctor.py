"""`charsu doctor`."""

from __future__ import annotations

import dataclasses
import json
import os
import sys

import click

from charsu.cli.session import command_runtime
from charsu.server.doctor import Finding, examine

SIGNS = {"ok": "ok  ", "warning": "note", "fault": "BAD "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Findings as one JSON list.")
def doctor(as_json: bool) -> None:
    """Check settings, servers, roles, migrations, clocks, plugins and assets; exit 1 on a fault."""
    environ = dict(os.environ)
    with command_runtime() as runtime:
        findings = list(examine(runtime, environ))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings)
    sys.exit(any(finding.state == "fault" for finding in findings))


def _show(findings: list[Finding]) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        click.echo(f"{SIGNS[finding.state]}  {finding.name:<{width}}  {finding.detail}")
