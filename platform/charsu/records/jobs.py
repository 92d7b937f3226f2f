"""Jobs of the record kit; the core registers them as `core.<name>`."""

from datetime import timedelta

from charsu.jobs.spec import JobSpec
from charsu.records.merging.candidates import find_duplicates
from charsu.records.undoing import undo_batch

RECORD_JOBS = (
    JobSpec("undo_batch", undo_batch),
    JobSpec("find_duplicates", find_duplicates, every=timedelta(days=1)),
)
