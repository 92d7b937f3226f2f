"""What the tests of the club share: customers, and the surroundings of a use case."""

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu_loyalty.occasion import Occasion
from charsu_loyalty.rules import PurchaseFacts

Work = Callable[..., AbstractContextManager[Session]]


@pytest.fixture
def customer(tenant: Any, tenant_work: Work) -> uuid.UUID:
    with tenant_work(tenant) as session:
        return add_customer(session)


@pytest.fixture
def new_customer() -> Callable[[Session], uuid.UUID]:
    return add_customer


@pytest.fixture
def occasion(tenant: Any) -> Callable[..., Occasion]:
    def make(now: dt.datetime | None = None) -> Occasion:
        return Occasion(locality=tenant, now=now or dt.datetime.now(dt.UTC))

    return make


@pytest.fixture
def purchase() -> Callable[..., PurchaseFacts]:
    def make(
        customer_id: uuid.UUID,
        amount_minor: int = 2_500_000,
        *,
        at: dt.datetime | None = None,
        currency: str = "IRR",
    ) -> PurchaseFacts:
        moment = at or dt.datetime.now(dt.UTC)
        return PurchaseFacts(
            purchase_id=uuid.uuid4(),
            customer_id=customer_id,
            amount_minor=amount_minor,
            currency=currency,
            occurred_at=moment,
            recorded_at=moment,
        )

    return make


def add_customer(session: Session) -> uuid.UUID:
    statement = text("INSERT INTO crm_core_customer (full_name) VALUES ('مریم احمدی') RETURNING id")
    return session.execute(statement).scalar_one()
