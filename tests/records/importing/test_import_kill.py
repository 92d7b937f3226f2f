"""A worker may die anywhere in an import or its undoing: nothing is lost, nothing is doubled."""

from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_an_import_and_its_undoing_survive_workers_that_die(plants: Importing, processes: Processes) -> None:
    plants.run("Name,Phone\nOld,09120000001\n")
    before = plants.module_rows()
    lines = [f"Plant {number},0912{number:07d}" for number in range(COUNT)]
    batch_id = plants.draft("\n".join(["Name,Phone", *lines, "Bad,12"]), match=["phone"])

    plants.start(batch_id)
    for fault in ("import.written", "import.noted", "delivery.committed", "import.written"):
        processes.kill_worker_at(fault)
    healthy = processes.start("worker")
    processes.settle()

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
    for fault in ("batch.undone", "delivery.committed", "batch.undone"):
        processes.kill_worker_at(fault)
    processes.start("worker")
    processes.settle()

    assert plants.batch(batch_id).state == "undone"
    assert plants.module_rows() == before
