"""Sample customers and purchases: realistic, in the tenant's language, removable although real data exist."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select

from charsu import clock
from charsu.plugins import HookContext
from charsu.records import full_access
from charsu.text import calendar
from charsu_crm_core import sample_en, sample_fa, sample_work
from charsu_crm_core.models import Customer, Purchase, PurchaseLine, Refund
from charsu_crm_core.records import CUSTOMER
from charsu_crm_core.sample_kinds import SampleArticle, SampleCustomer
from charsu_crm_core.services.customers import CustomerService
from charsu_crm_core.services.purchases import LineDraft, PurchaseDraft, record_purchase
from charsu_crm_core.services.refunds import refund_purchase

PURCHASES = 120
#: How far back the purchases reach.
DAYS = 150
#: The same sample in every business: a seed, not chance.
_SEED = 1405
_CHANNELS = ("store", "store", "store", "online", "phone")
_REFUND_EVERY = 24
#: Sample prices are in Rial; of other currencies, this many minor units for a Rial-like figure.
_RIALS_PER_MINOR = 4_000


class _Samples(CustomerService):
    """Adds customers of whom the audit says nothing: nobody changed them at this moment."""

    def note(self, action: Any, record_id: uuid.UUID, before: Any, after: Any) -> None:
        """Nothing."""


def add_sample(ctx: HookContext) -> None:
    """Add some forty customers and 120 purchases of theirs; a second call adds nothing.

    Goes through the services, so every module learns of it by events as of real purchases.
    """
    if ctx.session.execute(select(Customer.id).where(Customer.is_sample).limit(1)).first() is not None:
        return
    content = sample_fa if ctx.tenant.locale == "fa" else sample_en
    chance = random.Random(_SEED)  # noqa: S311 - made-up data, no secret
    now = clock.now()
    customers = [_add_customer(ctx, number, item, now) for number, item in enumerate(content.CUSTOMERS)]
    sample_work.describe_customers(ctx, customers)
    plan = [(one, one.created_at + dt.timedelta(minutes=9)) for one in customers]
    moments = [_opening_time(chance, now) for _ in range(PURCHASES - len(customers))]
    plan += [(_pick(chance, [one for one in customers if one.created_at < at]), at) for at in moments]
    for number, (customer, occurred_at) in enumerate(sorted(plan, key=lambda sale: sale[1]), start=1):
        draft = _purchase(ctx, chance, customer, content.ARTICLES, occurred_at)
        purchase = record_purchase(ctx.session, draft)
        if number % _REFUND_EVERY == _REFUND_EVERY // 2:
            part = purchase.amount_minor // (1 if number < PURCHASES // 2 else 2)
            refund_purchase(ctx.session, purchase.id, amount_minor=part, reason=content.REFUND_REASON)
    _make_loyal(customers)
    prices = {article.title: _price(ctx, article.price_rial) for article in content.ARTICLES}
    sample_work.add_work(ctx, content.ARTICLES, prices)


def remove_sample(ctx: HookContext) -> None:
    """Delete the sample customers with their purchases, lines and refunds, those recorded by hand too.

    Runs as the role that owns the tables. Modules that hang on customers have removed their rows before.
    """
    sample_work.remove_work(ctx)
    mine = select(Customer.id).where(Customer.is_sample)
    purchases = select(Purchase.id).where(Purchase.customer_id.in_(mine))
    for statement in (
        delete(Refund).where(Refund.purchase_id.in_(purchases)),
        delete(PurchaseLine).where(PurchaseLine.purchase_id.in_(purchases)),
        delete(Purchase).where(Purchase.customer_id.in_(mine)),
        delete(Customer).where(Customer.is_sample),
    ):
        ctx.session.execute(statement.execution_options(synchronize_session=False))


def _add_customer(ctx: HookContext, number: int, item: SampleCustomer, now: dt.datetime) -> Customer:
    values = {
        "full_name": item.full_name,
        "kind": item.kind,
        "stage": "customer",
        # 0900 000 00xx is in nobody's hands.
        "phone": f"+98900000{number + 10:04d}",
        "email": f"{item.mailbox}@example.com" if item.mailbox else None,
        "birthday_on": item.birthday_on,
        "tags": item.tags,
        "note": item.note,
    }
    customer = _Samples(CUSTOMER, ctx.session, full_access()).create(values)
    customer.is_sample = True
    # The first ones have been there for long, the last one came yesterday.
    age = dt.timedelta(days=1 + int(400 * (1 - (number + 1) / 41) ** 2))
    if item.kind == "company":
        age = max(age, dt.timedelta(days=120 - number))
    customer.created_at = _shop_hour(now - age, number)
    return customer


def _make_loyal(customers: Sequence[Customer]) -> None:
    """Who is tagged so is a loyal customer; one of the oldest was lost."""
    for customer in customers:
        if {"وفادار", "loyal"} & set(customer.tags):
            customer.stage = "loyal"
    customers[9].stage = "lapsed"


def _pick(chance: random.Random, customers: Sequence[Customer]) -> Customer:
    """A few buy often, most of them now and then."""
    return customers[min(int(chance.expovariate(3.2) * len(customers)), len(customers) - 1)]


def _purchase(
    ctx: HookContext,
    chance: random.Random,
    customer: Customer,
    articles: Sequence[SampleArticle],
    occurred_at: dt.datetime,
) -> PurchaseDraft:
    wholesale = 4 if customer.kind == "company" else 1
    lines = [
        LineDraft(
            title=article.title,
            quantity=Decimal(chance.randint(1, 2) * wholesale),
            unit_price_minor=_price(ctx, article.price_rial),
        )
        for article in chance.sample(articles, chance.randint(1, 3))
    ]
    return PurchaseDraft(
        customer_id=customer.id,
        amount_minor=sum(int(line.quantity) * line.unit_price_minor for line in lines),
        occurred_at=occurred_at,
        channel=chance.choice(_CHANNELS),
        lines=lines,
    )


def _price(ctx: HookContext, price_rial: int) -> int:
    return price_rial if ctx.tenant.currency == "IRR" else max(price_rial // _RIALS_PER_MINOR, 1)


def _opening_time(chance: random.Random, now: dt.datetime) -> dt.datetime:
    """A moment of the last months at which the shop was open; lately more often than long ago."""
    days = 1 + int(DAYS * chance.random() ** 1.6)
    return _shop_hour(now - dt.timedelta(days=days), chance.randrange(600))


def _shop_hour(moment: dt.datetime, minute: int) -> dt.datetime:
    """The same day between ten o'clock and eight in the evening, by the business's clock."""
    day = calendar.start_of_day(calendar.local_date(moment))
    return day + dt.timedelta(hours=10, minutes=minute * 37 % 600)
