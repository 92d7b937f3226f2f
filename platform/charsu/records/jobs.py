"""Jobs of the record kit; the core registers them as `core.<name>`."""

from datetime import timedelta

from charsu.jobs.spec import JobSpec
from charsu.records.bulk.checking import check_bulk
from charsu.records.bulk.running import run_bulk
from charsu.records.export_batches import write_export
from charsu.records.merging.candidates import find_duplicates
from charsu.records.purging import empty_bin
from charsu.records.undoing import undo_batch

RECORD_JOBS = (
    JobSpec("check_bulk", check_bulk),
    JobSpec("run_bulk", run_bulk),
    JobSpec("undo_batch", undo_batch),
    JobSpec("write_export", write_export, time_limit=1_200),
    JobSpec("empty_bin", empty_bin, every=timedelta(days=1)),
    JobSpec("find_duplicates", find_duplicates, every=timedelta(days=1)),
)
