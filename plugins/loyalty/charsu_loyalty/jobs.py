"""The club's own work without a person: points that end, and the nightly proof of the ledger."""

from charsu.clock import now
from charsu.events import emit
from charsu.jobs import enqueue
from charsu.plugins import HookContext
from charsu_loyalty.announcements import announce
from charsu_loyalty.events import LedgerMismatchFound
from charsu_loyalty.expiry import BATCH, expire_points, members_with_ended_points
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.verification import verify_ledger

#: A damaged ledger is reported by its first differences; the rest would only fill the event log.
REPORTED = 100


def expire_ended_points(ctx: HookContext) -> None:
    """Take points whose last local day is over, in batches; runs again and again without harm."""
    occasion = Occasion(locality=ctx.tenant, now=now())
    members = members_with_ended_points(ctx.session, occasion.today)
    for customer_id in members:
        for posting in expire_points(ctx.session, customer_id, occasion):
            announce(posting)
    if len(members) == BATCH:
        enqueue("loyalty.expire_points")


def check_ledger(ctx: HookContext) -> None:
    """Report every kept figure that differs from the entries as an event; repair nothing."""
    for mismatch in verify_ledger(ctx.session)[:REPORTED]:
        emit(
            LedgerMismatchFound(
                customer_id=mismatch.customer_id,
                check=mismatch.check,
                stored=mismatch.stored,
                computed=mismatch.computed,
            )
        )
