"""All the CRM knows of one customer for her page, in one statement: what each part reads comes as rows."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Select,
    SQLColumnExpression,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql import column, table

from charsu import clock
from charsu.plugins import HookContext
from charsu.records import RecordAccess
from charsu.records.clauses import MEMBER
from charsu.records.compiling import compiled
from charsu_crm_core.models import Affiliation, Customer, Deal, Interaction, Purchase, Stage, Task
from charsu_crm_core.reach import bounds_of, kept_criteria

#: Purchases whose rhythm is looked at, the latest first.
PURCHASES_LOOKED_AT = 13
_MOST, _ROLES = 5, 20
_COLUMNS: Mapping[str, Any] = {
    "id": Uuid(),
    "other_id": Uuid(),
    "title": Text(),
    "word": Text(),
    "whose": Text(),
    "currency": Text(),
    "at": DateTime(timezone=True),
    "day": Date(),
    "amount": BigInteger(),
    "number": BigInteger(),
}
#: What an open deal is.
_OPEN = (Deal.state == "open", Deal.deleted_at.is_(None))
_ID = bindparam("customer_id", type_=Uuid())
_NOW = bindparam("now", type_=DateTime(timezone=True))
_duplicate = table(
    "core_duplicate",
    *(column(name) for name in ("record_type", "state", "first_id", "second_id", "confidence")),
)


class WorkRow(NamedTuple):
    """One row of a part; which columns it fills is said where its part is made."""

    part: str
    id: uuid.UUID
    other_id: uuid.UUID
    title: str
    word: str
    whose: str | None
    currency: str
    at: dt.datetime | None
    day: dt.date | None
    amount: int | None
    number: int


class CustomerWork:
    """The rows by part: each in its own order, none for a part the reader may not see."""

    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._by_part: dict[str, list[WorkRow]] = {}
        for row in rows:
            self._by_part.setdefault(row[0], []).append(WorkRow._make(row))

    def rows(self, part: str) -> Sequence[WorkRow]:
        """Those of one part."""
        return self._by_part.get(part, ())

    def first(self, part: str) -> WorkRow | None:
        """The first of a part, where it has any."""
        return next(iter(self.rows(part)), None)


def customer_work(ctx: HookContext, access: RecordAccess, customer_id: uuid.UUID) -> CustomerWork:
    """Read it, once for a page; `access` is that of the customers, other nouns have the same person's."""
    return ctx.once(("crm.customer_work", customer_id), lambda: CustomerWork(_read(ctx, access, customer_id)))


def _read(ctx: HookContext, access: RecordAccess, customer_id: uuid.UUID) -> list[tuple[Any, ...]]:
    nouns = {
        "customer": access,
        **{key: bounds_of(access, f"crm.{key}") for key in ("purchase", "deal", "task", "affiliation")},
    }
    bounds = ((key, *_bounds(noun)) for key, noun in nouns.items())
    statement = compiled(("crm.customer_work", *bounds), lambda: union_all(*_parts(nouns)))
    values = {"customer_id": customer_id, "now": clock.now(), MEMBER: access.member_id}
    return statement.run(ctx.session, values)


def _bounds(access: RecordAccess) -> tuple[str | bool | None, ...]:
    """All that the parts ask of it."""
    scopes = (access.scopes.get(verb) for verb in ("read", "merge"))
    return (*scopes, access.shows("amount_minor"), access.shows("contact_id"))


def _parts(nouns: Mapping[str, RecordAccess]) -> Iterator[Select[Any]]:
    """The parts this reader may see."""
    yield _bought()
    yield _owed()
    if nouns["purchase"].can("read"):
        yield _sums(_shown(nouns["purchase"], func.sum(Purchase.amount_minor - Purchase.refunded_minor)))
    if (deals := nouns["deal"]).can("read"):
        within, amount = kept_criteria(deals, Deal), _shown(deals, Deal.amount_minor)
        yield from _deals(within, amount)
        if deals.shows("contact_id"):
            yield _led(within, kept_criteria(nouns["customer"], Customer), amount)
    if nouns["task"].can("read"):
        yield from _tasks(kept_criteria(nouns["task"], Task))
    if nouns["affiliation"].can("read"):
        yield _roles(kept_criteria(nouns["customer"], Customer))
    if nouns["customer"].can("merge"):
        yield _twins(kept_criteria(nouns["customer"], Customer, "merge"))


def _shown(access: RecordAccess, amount: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """An amount, empty for who may not see those of this noun."""
    return amount if access.shows("amount_minor") else null()


def _part(name: str, **given: Any) -> Select[Any]:
    """The columns of a part; those it does not give are NULL."""
    columns = (cast(given.get(key, null()), kind).label(key) for key, kind in _COLUMNS.items())
    return select(literal_column(f"'{name}'", Text()).label("part"), *columns)


def _bought() -> Select[Any]:
    """The last purchases, newest first: `amount`, and in `number` what of it was refunded."""
    return (
        _part("bought", at=Purchase.occurred_at, amount=Purchase.amount_minor, number=Purchase.refunded_minor)
        .where(Purchase.customer_id == _ID)
        .order_by(Purchase.occurred_at.desc(), Purchase.id.desc())
        .limit(PURCHASES_LOOKED_AT)
    )


def _owed() -> Select[Any]:
    """One row: how many tasks are overdue, and when one talked last."""
    late = select(func.count()).where(
        Task.customer_id == _ID, Task.done_at.is_(None), Task.deleted_at.is_(None), Task.due_at < _NOW
    )
    talked = select(func.max(Interaction.happened_at)).where(
        Interaction.customer_id == _ID, Interaction.deleted_at.is_(None)
    )
    return _part("owed", number=late.scalar_subquery(), at=talked.scalar_subquery())


def _sums(amount: SQLColumnExpression[Any]) -> Select[Any]:
    """What she bought by currency, the most used one first: sum without refunds, last time."""
    return (
        _part(
            "sum",
            currency=Purchase.currency,
            amount=amount,
            at=func.max(Purchase.occurred_at),
            number=func.count(),
        )
        .where(Purchase.customer_id == _ID)
        .group_by(Purchase.currency)
        .order_by(func.count().desc())
    )


def _deals(within: Sequence[ColumnElement[bool]], amount: SQLColumnExpression[Any]) -> Iterator[Select[Any]]:
    """The sum of the open deals, some of them with their stage, and the longest idle without a next step."""
    is_open = (Deal.customer_id == _ID, *_OPEN, *within)
    yield _part("deals", amount=func.sum(amount), number=func.count()).where(*is_open)
    yield (
        _part(
            "deal",
            id=Deal.id,
            title=Deal.title,
            word=Stage.name,
            currency=Deal.currency,
            at=Deal.next_at,
            amount=amount,
        )
        .join_from(Deal, Stage, Stage.id == Deal.stage_id)
        .where(*is_open)
        .order_by(Deal.next_at.asc().nulls_first(), Deal.id)
        .limit(_MOST)
    )
    yield (
        _part("idle", id=Deal.id, title=Deal.title)
        .where(*is_open, Deal.next_at.is_(None))
        .order_by(Deal.touched_at)
        .limit(1)
    )


def _led(
    within: Sequence[ColumnElement[bool]],
    named: Sequence[ColumnElement[bool]],
    amount: SQLColumnExpression[Any],
) -> Select[Any]:
    """Open deals of others she is the contact person of; `whose` they are, where the reader may see that."""
    return (
        _part(
            "led",
            id=Deal.id,
            title=Deal.title,
            word=Stage.name,
            whose=Customer.full_name,
            currency=Deal.currency,
            at=Deal.next_at,
            amount=amount,
        )
        .join_from(Deal, Stage, Stage.id == Deal.stage_id)
        .join(Customer, and_(Customer.id == Deal.customer_id, *named), isouter=True)
        .where(Deal.contact_id == _ID, Deal.customer_id != _ID, *_OPEN, *within)
        .order_by(Deal.next_at.asc().nulls_first(), Deal.id)
        .limit(_MOST)
    )


def _tasks(within: Sequence[ColumnElement[bool]]) -> Iterator[Select[Any]]:
    """How many are open and how many of them late (in `amount`), and the nearest of them."""
    is_open = (Task.customer_id == _ID, Task.done_at.is_(None), Task.deleted_at.is_(None), *within)
    late = func.count().filter(Task.due_at < _NOW)
    yield _part("tasks", number=func.count(), amount=late).where(*is_open)
    yield (
        _part("task", id=Task.id, title=Task.title, at=Task.due_at)
        .where(*is_open)
        .order_by(Task.due_at.asc().nulls_last(), Task.id)
        .limit(_MOST)
    )


def _roles(within: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Her companies, or the company's people: `other_id` and `title` of the other end, `word` is the role."""
    other_id = case((Affiliation.person_id == _ID, Affiliation.company_id), else_=Affiliation.person_id)
    return (
        _part(
            "role",
            id=Affiliation.id,
            other_id=Customer.id,
            title=Customer.full_name,
            word=Affiliation.role,
            day=Affiliation.until_on,
        )
        .join_from(Affiliation, Customer, Customer.id == other_id)
        .where(
            or_(Affiliation.person_id == _ID, Affiliation.company_id == _ID),
            Affiliation.deleted_at.is_(None),
            Customer.deleted_at.is_(None),
            *within,
        )
        .order_by(Affiliation.until_on.desc().nulls_first(), Customer.full_name)
        .limit(_ROLES)
    )


def _twins(within: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Customers the nightly search takes for the same one, the likeliest first."""
    found = _duplicate.c
    pair = (
        select(
            case((found.first_id == _ID, found.second_id), else_=found.first_id).label("other_id"),
            found.confidence,
        )
        .where(
            found.record_type == "crm.customer",
            found.state == "open",
            or_(found.first_id == _ID, found.second_id == _ID),
        )
        .order_by(found.confidence.desc())
        .limit(3)
        .subquery()
    )
    return (
        _part("twin", id=Customer.id, title=Customer.full_name)
        .join_from(pair, Customer, Customer.id == pair.c.other_id)
        .where(Customer.deleted_at.is_(None), *within)
        .order_by(pair.c.confidence.desc())
    )
