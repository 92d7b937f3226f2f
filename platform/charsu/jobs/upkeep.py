"""The core's own housekeeping: spare schemas, old rows."""

from datetime import timedelta

from charsu.jobs.spec import JobSpec
from charsu.people.signup import spare_lineages
from charsu.plugins.module_purge import purge_due
from charsu.process import Runtime
from charsu_tenants.pruning import prune_tenants
from charsu_tenants.spares import fill_spares

#: Sign-ups that find a schema ready at once; the next ones make one.
SPARES = 3
#: No delivery is tried for so long.
INBOX_KEPT = timedelta(days=30)
#: A repeated request is answered as the first one for so long, then it is a new one.
IDEMPOTENCY_KEPT = timedelta(hours=48)
#: Half a year back a member finds what she was told.
NOTIFICATIONS_KEPT = timedelta(days=183)
#: Longer than any reminder lies ahead of its moment, so that none is sent twice.
REMINDERS_KEPT = timedelta(days=2 * 366)


def _fill_spares(runtime: Runtime) -> None:
    fill_spares(runtime.database, SPARES, spare_lineages())


def _clean_up(runtime: Runtime) -> None:
    with runtime.database.control() as conn:
        conn.execute("DELETE FROM control.heartbeat WHERE at < now() - interval '1 day'")
        conn.execute("DELETE FROM control.module_fault WHERE happened_at < now() - interval '90 days'")
    prune_tenants(runtime.database, table="core_inbox", moment="done_at", keep=INBOX_KEPT)
    prune_tenants(runtime.database, table="core_idempotency", moment="created_at", keep=IDEMPOTENCY_KEPT)
    prune_tenants(runtime.database, table="core_notification", moment="created_at", keep=NOTIFICATIONS_KEPT)
    prune_tenants(runtime.database, table="core_reminder", moment="sent_at", keep=REMINDERS_KEPT)


UPKEEP_JOBS = (
    JobSpec("fill_spares", _fill_spares, every=timedelta(minutes=1), scope="platform"),
    JobSpec("purge_modules", purge_due, every=timedelta(hours=1), scope="platform", time_limit=1_200),
    JobSpec("clean_up", _clean_up, every=timedelta(hours=6), scope="platform"),
)
