"""The core's own housekeeping: spare schemas, old rows."""

from datetime import timedelta

from charsu.jobs.spec import JobSpec
from charsu.people.signup import spare_lineages
from charsu.process import Runtime
from charsu_tenants.inboxes import prune_inboxes
from charsu_tenants.spares import fill_spares

#: Sign-ups that find a schema ready at once; the next ones make one.
SPARES = 3
#: No delivery is tried for so long.
INBOX_KEPT = timedelta(days=30)


def _fill_spares(runtime: Runtime) -> None:
    fill_spares(runtime.database, SPARES, spare_lineages())


def _clean_up(runtime: Runtime) -> None:
    with runtime.database.control() as conn:
        conn.execute("DELETE FROM control.heartbeat WHERE at < now() - interval '1 day'")
        conn.execute("DELETE FROM control.module_fault WHERE happened_at < now() - interval '90 days'")
    prune_inboxes(runtime.database, keep=INBOX_KEPT)


UPKEEP_JOBS = (
    JobSpec("fill_spares", _fill_spares, every=timedelta(minutes=1), scope="platform"),
    JobSpec("clean_up", _clean_up, every=timedelta(hours=6), scope="platform"),
)
