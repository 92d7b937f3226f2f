"""Sample points: they come by reacting to the sample purchases of the CRM, as real ones do.

So there is little to add here: a job that waits for those points and spends some of them. Everything of a
sample customer goes with the sample, also what was recorded by hand.
"""

import uuid
from datetime import timedelta

from sqlalchemy import delete, select

from charsu.clock import now
from charsu.events import RetryLater
from charsu.jobs import enqueue
from charsu.plugins import HookContext
from charsu.text.i18n import gettext as _
from charsu_crm_core.api import sample_customer_ids
from charsu_loyalty import services
from charsu_loyalty.models import Allocation, Entry, Lot, Member, PurchaseNote
from charsu_loyalty.occasion import Occasion
from charsu_loyalty.redeeming import Redemption

#: Every so many members one spends points.
_EVERY = 4
#: Nobody spends fewer.
_LEAST = 20
_ROUND = 10


def ask_to_redeem() -> None:
    """Ask for the job that spends points once the sample purchases have brought some."""
    enqueue("loyalty.redeem_sample")


def redeem_sample(ctx: HookContext) -> None:
    """Spend half of the points of some sample members; again and again without harm.

    Raises:
        RetryLater: the purchases have brought no points yet.
    """
    sample = sample_customer_ids(ctx.session)
    if not sample:
        return
    members = ctx.session.execute(
        select(Member.customer_id, Member.balance)
        .where(Member.customer_id.in_(sample), Member.balance >= _LEAST)
        .order_by(Member.balance.desc(), Member.customer_id)
    ).all()
    if not members:
        raise RetryLater("the sample purchases have brought no points yet", delay=timedelta(seconds=2))
    occasion = Occasion(locality=ctx.tenant, now=now())
    for number, member in enumerate(members[::_EVERY]):
        redemption = Redemption(
            customer_id=member.customer_id,
            points=max(member.balance // 2 // _ROUND * _ROUND, _ROUND),
            reason=_("Discount on a purchase") if number % 2 else _("A gift from the shop"),
            key="sample",
        )
        if not _is_spent(ctx, member.customer_id):
            services.redeem(ctx.session, redemption, occasion)


def remove_sample(ctx: HookContext) -> None:
    """Delete all that hangs on sample customers; runs as the role that owns the tables."""
    sample = list(sample_customer_ids(ctx.session))
    entries = select(Entry.id).where(Entry.customer_id.in_(sample))
    for statement in (
        delete(Allocation).where(Allocation.entry_id.in_(entries)),
        delete(Lot).where(Lot.customer_id.in_(sample)),
        delete(PurchaseNote).where(PurchaseNote.customer_id.in_(sample)),
        delete(Entry).where(Entry.customer_id.in_(sample), Entry.reverses_entry_id.is_not(None)),
        delete(Entry).where(Entry.customer_id.in_(sample)),
        delete(Member).where(Member.customer_id.in_(sample)),
    ):
        ctx.session.execute(statement.execution_options(synchronize_session=False))


def _is_spent(ctx: HookContext, customer_id: uuid.UUID) -> bool:
    statement = select(Entry.id).where(Entry.customer_id == customer_id, Entry.kind == "redeem").limit(1)
    return ctx.session.execute(statement).first() is not None
