"""Jobs of the record kit; the core registers them as `core.<name>`."""

from charsu.jobs.spec import JobSpec
from charsu.records.undoing import undo_batch

RECORD_JOBS = (JobSpec("undo_batch", undo_batch),)
