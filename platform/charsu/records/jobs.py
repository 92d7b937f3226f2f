"""Jobs of the record kit; the core registers them as `core.<name>`."""

from datetime import timedelta

from charsu.jobs.spec import JobSpec
from charsu.records.purging import empty_bin
from charsu.records.undoing import undo_batch

RECORD_JOBS = (
    JobSpec("undo_batch", undo_batch),
    JobSpec("empty_bin", empty_bin, every=timedelta(days=1)),
)
