"""The core's own jobs."""

from charsu.jobs.spec import JobSpec

#: Registered under `core.<name>`.
CORE_JOBS: tuple[JobSpec, ...] = ()
