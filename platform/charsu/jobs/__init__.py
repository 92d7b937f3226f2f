"""Jobs: work after the commit, kept in PostgreSQL, rung by RQ on Valkey, run in a worker."""

from charsu.jobs.queueing import enqueue
from charsu.jobs.spec import JobSpec

__all__ = ["JobSpec", "enqueue"]
