"""Starts the runtime of a process: connects nothing yet, but loads every plugin."""

import importlib

from charsu.jobs.bell import Bell
from charsu.jobs.spec import JobSpec
from charsu.plugins.host import PluginHost
from charsu.process import Runtime, runtime, set_runtime, use_runtime
from charsu.settings import Settings
from charsu_tenants.database import Database

__all__ = ["Runtime", "runtime", "start_runtime", "use_runtime"]


#: Where the core's own jobs are declared. By name: those modules import this one.
_CORE_JOBS = (
    "charsu.jobs.upkeep:UPKEEP_JOBS",
    "charsu.people.core_jobs:PEOPLE_JOBS",
    "charsu.schedule.jobs:SCHEDULE_JOBS",
    "charsu.records.importing.jobs:IMPORT_JOBS",
    "charsu.records.jobs:RECORD_JOBS",
)


def start_runtime(settings: Settings) -> Runtime:
    """Make the runtime of this process and put it in place; a second call replaces the first.

    Nothing is connected before it is used, so the start does not fail when Valkey or PostgreSQL is down.
    """
    started = Runtime(
        settings=settings,
        database=Database(settings.database_url, settings.secret_key),
        plugins=PluginHost.discover(core_jobs=_core_jobs()),
        bell=Bell(settings.redis_url),
    )
    set_runtime(started)
    return started


def _core_jobs() -> list[JobSpec]:
    jobs: list[JobSpec] = []
    for place in _CORE_JOBS:
        module, _, name = place.partition(":")
        jobs += getattr(importlib.import_module(module), name)
    return jobs
