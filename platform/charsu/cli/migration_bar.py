"""The progress bar of `charsu migrate` on a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from charsu_tenants.migrations import Outcome, Report


class MigrationBar:
    """Shows how far the fleet is; failures are printed above the bar. May be advanced from any thread."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("Migrating"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, outcome: Outcome, report: Report) -> None:
        """Count one piece of work, and tell of it when it failed."""
        self._bar.update(self._task, total=report.planned, advance=1)
        if outcome.state == "failed":
            self._bar.console.print(outcome.sentence, style="red", highlight=False, markup=False)
