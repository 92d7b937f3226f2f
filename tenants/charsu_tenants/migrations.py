"""The migration of the fleet: finds what is behind, replays rendered SQL per tenant, goes on past faults.

What is left to do is always read from `control.tenant_module`, which changes in the same transaction as the
tables it tells of. A run that was killed leaves nothing half done, and the next one goes on where it ended.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby, repeat
from typing import Literal
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from charsu_tenants.database import Database
from charsu_tenants.lineages import Lineage, steps
from charsu_tenants.replay import MOVED_ON, replay
from charsu_tenants.work import Work, find_work

#: A tenant whose tables are in use is left for later, and tried this often in all.
ATTEMPTS = 5
#: Tenants on one connection: a backend keeps what it knows of every table it touched.
TENANTS_PER_CONNECTION = 250
_BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.QueryCanceled)

State = Literal["done", "failed", "passed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one piece of work; `passed`: another run did it meanwhile."""

    work: Work
    state: State
    attempts: int = 1
    error: str | None = None

    @property
    def sentence(self) -> str:
        """The fault in one line, for the operator."""
        work = self.work
        return f"{work.slug or work.schema}: {work.module} stays at {work.revision}: {self.error}"


@dataclass(slots=True)
class Report:
    """What a run did; `run_id` is its row in `control.migration_run`, None where nothing was to do."""

    run_id: UUID | None = None
    planned: int = 0
    done: int = 0
    passed: int = 0
    failed: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0


Progress = Callable[[Outcome, Report], None]


def migrate_fleet(
    database: Database,
    lineages: Sequence[Lineage],
    progress: Progress | None = None,
    *,
    threads: int = 2,
) -> Report:
    """Bring every module of every tenant to its head; `progress` hears of each outcome, from any thread.

    A tenant that fails keeps its revision and its data, and the others go on. Two runs at once share the
    work.
    Raises: BadLineage, before anything runs, when a tenant stands at a revision that no code here knows.
    """
    begun = time.monotonic()
    work = find_work(database, lineages)
    if not work:
        return Report(seconds=time.monotonic() - begun)
    by_name = {lineage.name: lineage for lineage in lineages}
    for module, revision in {(item.module, item.revision) for item in work}:
        steps(by_name[module], revision)
    run = _Run(database, by_name, progress, len(work))
    run.go([list(items) for _, items in groupby(work, key=lambda item: item.tenant_id)], threads)
    run.report.seconds = time.monotonic() - begun
    return run.report


class _Run:
    """One run: hands out tenants to threads, retries the busy ones, keeps the ledger."""

    def __init__(
        self, database: Database, lineages: dict[str, Lineage], progress: Progress | None, planned: int
    ) -> None:
        self._database = database
        self._lineages = lineages
        self._progress = progress
        self._lock = threading.Lock()
        self._unwritten: list[Outcome] = []
        self.report = Report(run_id=_start_run(database, lineages, planned), planned=planned)

    def go(self, tenants: list[list[Work]], threads: int) -> None:
        """Run all of it, in rounds: what was busy comes again after a pause that doubles."""
        for attempt in range(1, ATTEMPTS + 1):
            size = max(1, min(TENANTS_PER_CONNECTION, -(-len(tenants) // threads)))
            chunks = [tenants[start : start + size] for start in range(0, len(tenants), size)]
            with ThreadPoolExecutor(max(1, min(threads, len(chunks)))) as pool:
                left = pool.map(self._run_chunk, chunks, repeat(attempt))
                tenants = [items for chunk in left for items in chunk]
            if not tenants:
                break
            time.sleep(0.1 * 2**attempt)
        self._finish()

    def _run_chunk(self, tenants: list[list[Work]], attempt: int) -> list[list[Work]]:
        """Work through some tenants on one connection; returns what is to be tried again."""
        left = []
        with psycopg.connect(self._database.url, autocommit=True) as admin:
            for items in tenants:
                for position, work in enumerate(items):
                    outcome = self._run_one(admin, work, attempt)
                    if outcome is None:
                        left.append(items[position:])
                        break
                    self._note(outcome)
                    if outcome.state == "failed":
                        self._skip(items[position + 1 :], work.module, attempt)
                        break
        return left

    def _run_one(
        self, admin: "psycopg.Connection[tuple[object, ...]]", work: Work, attempt: int
    ) -> Outcome | None:
        """Migrate one module of one tenant; None asks for another attempt."""
        try:
            for step in steps(self._lineages[work.module], work.revision):
                replay(self._database, admin, step, tenant_id=work.tenant_id, schema=work.schema)
        except _BUSY as error:
            if attempt < ATTEMPTS:
                return None
            return Outcome(work, "failed", attempt, _message(error))
        except Exception as error:  # noqa: BLE001 - the edge of the run: a fault stays with its tenant
            if getattr(error, "sqlstate", None) == MOVED_ON:
                return Outcome(work, "passed", attempt)
            return Outcome(work, "failed", attempt, _message(error))
        return Outcome(work, "done", attempt)

    def _skip(self, items: Sequence[Work], failed: str, attempt: int) -> None:
        for work in items:
            self._note(Outcome(work, "failed", attempt, f"waits for {failed}"))

    def _note(self, outcome: Outcome) -> None:
        with self._lock:
            if outcome.state == "done":
                self.report.done += 1
            elif outcome.state == "passed":
                self.report.passed += 1
            else:
                self.report.failed.append(outcome)
            self._unwritten.append(outcome)
            if len(self._unwritten) >= 100 or outcome.state == "failed":
                self._write()
            if self._progress is not None:
                self._progress(outcome, self.report)

    def _write(self) -> None:
        """Put the outcomes gathered so far into the ledger; a killed run loses at most these lines of it."""
        rows = [
            (self.report.run_id, item.work.tenant_id, item.work.module, item.state, item.attempts, item.error)
            for item in self._unwritten
        ]
        self._unwritten.clear()
        with self._database.control() as control:
            control.cursor().executemany(
                """INSERT INTO control.migration_item (run_id, tenant_id, module, state, attempts, error)
                SELECT %s, id, %s, %s, %s, %s FROM control.tenant WHERE id = %s""",
                [
                    (run, module, state, attempts, error, tenant)
                    for run, tenant, module, state, attempts, error in rows
                ],
            )

    def _finish(self) -> None:
        self._write()
        with self._database.control_autocommit() as control:
            control.execute(
                """UPDATE control.migration_run SET finished_at = now(), done_count = %s, failed_count = %s
                WHERE id = %s""",
                [self.report.done, len(self.report.failed), self.report.run_id],
            )


def _start_run(database: Database, lineages: dict[str, Lineage], planned: int) -> UUID:
    heads = Jsonb({name: lineage.head for name, lineage in lineages.items()})
    with database.control_autocommit() as control:
        row = control.execute(
            "INSERT INTO control.migration_run (heads, planned_count) VALUES (%s, %s) RETURNING id",
            [heads, planned],
        ).fetchone()
    if row is None:
        raise RuntimeError("the run has no row")
    run_id: UUID = row["id"]
    return run_id


def _message(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip()[:2000]
