"""The command line: one group whose commands are imported only when they run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click
from typing_extensions import override

from charsu.errors import DomainError
from charsu.interrupts import ended_at_once
from charsu.server.processes import ServerFault
from charsu.settings import BadSetting

REFUSED = 1
BAD_START = 2


@dataclass(frozen=True)
class Verb:
    """A command by name: `charsu.cli.<module>` holds a click command called `<module>`."""

    module: str
    summary: str


VERBS: Mapping[str, Verb] = {
    "up": Verb("up", "Start everything: servers, web, worker, scheduler."),
    "web": Verb("web", "Serve pages and the API."),
    "worker": Verb("worker", "Run reactions to events and jobs."),
    "scheduler": Verb("scheduler", "Start jobs that are due by the clock."),
    "migrate": Verb("migrate", "Bring the control plane and every tenant up to date."),
    "doctor": Verb("doctor", "Check settings, servers, roles, migrations and assets."),
    "tenant": Verb("tenant", "Create, list, suspend, resume and erase tenants."),
    "module": Verb("module", "Turn modules of a tenant on and off."),
    "plugin": Verb("plugin", "List, make and check plugins."),
    "jobs": Verb("jobs", "Wait for jobs, see dead ones, run them again."),
    "token": Verb("token", "Make API tokens."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is asked for."""

    def __init__(self, *, verbs: Mapping[str, Verb], package: str, name: str, help: str) -> None:  # noqa: A002 - click's word
        super().__init__(name=name, help=help)
        self.verbs = verbs
        self.package = package

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table, which is the order of a first day with Charsu."""
        return list(self.verbs)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now; None for an unknown name."""
        verb = self.verbs.get(cmd_name)
        if verb is None:
            return None
        with ended_at_once():
            module = importlib.import_module(f"{self.package}.{verb.module}")
        command = getattr(module, verb.module)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.package}.{verb.module}.{verb.module} is not a click command")
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their summaries here, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.summary) for name, verb in self.verbs.items()])


group = LazyGroup(
    verbs=VERBS,
    package=__name__,
    name="charsu",
    help="Charsu: business software for many tenants. Settings come from the environment (CHARSU_…).",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a refusal is one line on stderr and exit 1, a start that can not be exit 2."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        _check_encoding(words)
        group.main(args=words, prog_name="charsu")
    except (BadSetting, ServerFault) as fault:
        click.echo(f"charsu: {fault}", err=True)
        sys.exit(BAD_START)
    except DomainError as refusal:
        click.echo(f"charsu: {refusal}", err=True)
        sys.exit(REFUSED)


def _check_encoding(words: Sequence[str]) -> None:
    """Refuse bytes that are no text here, before a database or a terminal chokes on them."""
    for number, word in enumerate(words, start=1):
        if any("\ud800" <= char <= "\udfff" for char in word):
            raise BadSetting(f"argument {number}", "is not UTF-8")
