"""Starts the runtime of a process: connects nothing yet, but loads every plugin."""

from charsu_tenants.database import Database

from charsu.jobs.bell import Bell
from charsu.jobs.core_jobs import CORE_JOBS
from charsu.plugins.host import PluginHost
from charsu.process import Runtime, runtime, set_runtime, use_runtime
from charsu.settings import Settings

__all__ = ["Runtime", "runtime", "start_runtime", "use_runtime"]


def start_runtime(settings: Settings) -> Runtime:
    """Make the runtime of this process and put it in place; a second call replaces the first.

    Nothing is connected before it is used, so the start does not fail when Valkey or PostgreSQL is down.
    """
    started = Runtime(
        settings=settings,
        database=Database(settings.database_url, settings.secret_key),
        plugins=PluginHost.discover(core_jobs=CORE_JOBS),
        bell=Bell(settings.redis_url),
    )
    set_runtime(started)
    return started
