"""Jobs of the calendar; the core registers them as `core.<name>`."""

from datetime import timedelta

from charsu.jobs.spec import JobSpec
from charsu.plugins.context import HookContext
from charsu.schedule.reminding import send_due


def _send_reminders(ctx: HookContext) -> None:
    send_due(ctx)


SCHEDULE_JOBS = (
    # Each reminder starts it when it is due; the clock looks for what was lost all the same.
    JobSpec("send_reminders", _send_reminders, every=timedelta(hours=1)),
)
