"""A worker may die anywhere in an import or its undoing: nothing is lost, nothing is doubled."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from charsu.jobs.quiet import wait_until_quiet
from charsu.process import Runtime
from charsu.records.batches import start_undo
from charsu.records.importing.running import CHUNK
from charsu.testing.processes import Processes

from .conftest import Importing

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[3]
FOLDERS = (ROOT / "examples" / "visits", ROOT / "tests" / "kit_plugins" / "garden")
COUNT = CHUNK * 2 + 100


@pytest.fixture
def processes(processes_of: Callable[..., Processes]) -> Processes:
    return processes_of(*FOLDERS)


def settle(runtime: Runtime) -> None:
    ends_at = time.monotonic() + 90
    while wait_until_quiet(runtime, 0):
        assert time.monotonic() < ends_at, "it never came to rest"
        time.sleep(0.1)


def die_at(processes: Processes, *faults: str) -> None:
    """Have one worker after another die, each somewhat further on the way."""
    for fault in faults:
        doomed = processes.start("worker", fault=fault)
        assert doomed.wait(60) == -signal.SIGKILL, processes.log


def test_an_import_and_its_undoing_survive_workers_that_die(
    plants: Importing, runtime: Runtime, processes: Processes
) -> None:
    plants.run("Name,Phone\nOld,09120000001\n")
    before = plants.module_rows()
    lines = [f"Plant {number},0912{number:07d}" for number in range(COUNT)]
    batch_id = plants.draft("\n".join(["Name,Phone", *lines, "Bad,12"]), match=["phone"])

    plants.start(batch_id)
    die_at(processes, "import.written", "import.noted", "delivery.committed", "import.written")
    healthy = processes.start("worker")
    settle(runtime)

    batch = plants.batch(batch_id)
    assert (batch.state, batch.done_count, batch.refused_count) == ("done", COUNT + 1, 1)
    assert plants.rows("count(*), count(DISTINCT phone)") == [(COUNT, COUNT)]
    assert plants.rows("count(*), count(DISTINCT record_id)", "core_change WHERE source = 'import'") == [
        (COUNT + 1, COUNT)
    ]
    assert plants.rows("count(*)", f"core_batch_item WHERE batch_id = '{batch_id}'") == [(COUNT + 1,)]
    created = "core_event WHERE type = 'plant.created'"
    assert plants.rows("count(*), count(DISTINCT subject_id)", created) == [(COUNT, COUNT)]

    healthy.terminate()
    healthy.wait(20)
    with plants.work() as session:
        start_undo(session, batch_id)
    die_at(processes, "batch.undone", "delivery.committed", "batch.undone")
    processes.start("worker")
    settle(runtime)

    assert plants.batch(batch_id).state == "undone"
    assert plants.module_rows() == before
