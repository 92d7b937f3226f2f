"""Sample deals, tasks, talks and roles on the sample customers: a business in the middle of its work."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from sqlalchemy import delete, or_, select, text

from charsu import clock
from charsu.plugins import HookContext
from charsu.records import full_access, service_of
from charsu.records.fields.recurrence import preset
from charsu.text import calendar
from charsu.text.digits import format_number
from charsu_crm_core import sample_work_en, sample_work_fa
from charsu_crm_core.fields import end_of_day
from charsu_crm_core.first_pipelines import add_first_pipelines
from charsu_crm_core.models import Affiliation, Customer, Deal, DealStage, Interaction, Stage, Task
from charsu_crm_core.queries.pipelines import list_pipelines, list_stages
from charsu_crm_core.records import AFFILIATION, DEAL, INTERACTION, TASK
from charsu_crm_core.sample_kinds import SampleArticle, SampleDeal, SampleTalk, SampleTask
from charsu_crm_core.services.deals import DealService, tick_key

_MEMBERS = text("SELECT id FROM core_member WHERE is_active ORDER BY id LIMIT 5")
_REMINDERS = text("DELETE FROM core_reminder WHERE record_type = 'crm.task' AND record_id = ANY(:ids)")
_DAYS = text(
    "DELETE FROM core_occurrence"
    " WHERE record_type = 'crm.task' AND (record_id = ANY(:ids) OR series_id = ANY(:ids))"
)
_SOURCES = ("instagram", "walk_in", "referral", "website", "walk_in", "messenger", "exhibition", "phone")


class _PastDeals(DealService):
    """Leads deals through their stages at moments long gone."""

    moment = dt.datetime.min.replace(tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.moment

    def note(self, action: Any, record_id: uuid.UUID, before: Any, after: Any) -> None:
        """Nobody changed a sample at this moment."""


def describe_customers(ctx: HookContext, customers: Sequence[Customer]) -> None:
    """Give the sample customers owner, source, interests and addresses, past the services: no events."""
    content = _content(ctx)
    members = _members(ctx)
    for number, customer in enumerate(customers):
        customer.owner_id = members[number % len(members)] if members else None
        customer.source = _SOURCES[number % len(_SOURCES)]
        if customer.kind == "person":
            customer.interests = [content.INTERESTS[number % len(content.INTERESTS)]]
        else:
            street = content.ADDRESS["street"] % format_number(number * 7 % 90 + 3)
            customer.addresses = [
                {key: value for key, value in {**content.ADDRESS, "street": street}.items() if value}
            ]
    ctx.session.flush()


def add_work(ctx: HookContext, articles: Sequence[SampleArticle], price: Mapping[str, int]) -> None:
    """Add roles, deals on their way, tasks and talks; `price` is that of each article in minor units."""
    add_first_pipelines(ctx.session)
    content = _content(ctx)
    customers = {
        row.full_name: row for row in ctx.session.scalars(select(Customer).where(Customer.is_sample))
    }
    for role in content.ROLES:
        values = {
            "person_id": customers[role.person].id,
            "company_id": customers[role.company].id,
            "role": role.role,
        }
        _mark(service_of(AFFILIATION, ctx.session, full_access()).create(values))
    contacts = {role.company: customers[role.person].id for role in content.ROLES}
    deals = {
        item.title: _add_deal(
            ctx, item, customers[item.customer], articles, price, contact_id=contacts.get(item.customer)
        )
        for item in content.DEALS
    }
    members = _members(ctx)
    for number, talk in enumerate(content.TALKS):
        _add_talk(ctx, talk, customers, deals, members[number % len(members)] if members else None)
    for number, task in enumerate(content.TASKS):
        _add_task(ctx, task, customers, deals, members[number % len(members)] if members else None)
    ctx.session.flush()


def remove_work(ctx: HookContext) -> None:
    """Delete what `add_work` made, and what hangs on sample customers though people wrote it."""
    mine = select(Customer.id).where(Customer.is_sample)
    deals = select(Deal.id).where(or_(Deal.is_sample, Deal.customer_id.in_(mine)))
    tasks = list(
        ctx.session.scalars(
            select(Task.id).where(or_(Task.is_sample, Task.customer_id.in_(mine), Task.deal_id.in_(deals)))
        )
    )
    ctx.session.execute(_REMINDERS, {"ids": tasks})
    ctx.session.execute(_DAYS, {"ids": tasks})
    for statement in (
        delete(Task).where(Task.id.in_(tasks)),
        delete(Interaction).where(
            or_(Interaction.is_sample, Interaction.customer_id.in_(mine), Interaction.deal_id.in_(deals))
        ),
        delete(DealStage).where(DealStage.deal_id.in_(deals)),
        delete(Deal).where(or_(Deal.is_sample, Deal.customer_id.in_(mine))),
        delete(Affiliation).where(
            or_(Affiliation.is_sample, Affiliation.person_id.in_(mine), Affiliation.company_id.in_(mine))
        ),
    ):
        ctx.session.execute(statement.execution_options(synchronize_session=False))


def _add_deal(
    ctx: HookContext,
    item: SampleDeal,
    customer: Customer,
    articles: Sequence[SampleArticle],
    price: Mapping[str, int],
    *,
    contact_id: uuid.UUID | None,
) -> Deal:
    pipelines = list_pipelines(ctx.session)
    stages = list_stages(ctx.session, pipelines[min(item.pipeline, len(pipelines) - 1)].id)
    service = _PastDeals(DEAL, ctx.session, full_access())
    now = clock.now()
    began = max(now - dt.timedelta(days=item.age_days), customer.created_at + dt.timedelta(hours=1))
    service.moment = began
    deal = service.create(
        {
            "title": item.title,
            "customer_id": customer.id,
            "contact_id": contact_id,
            "owner_id": customer.owner_id,
            "stage_id": stages[item.way[0]].id,
            "expected_close_on": calendar.today() + dt.timedelta(days=item.closes_in),
            "competitors": list(item.competitors),
            "products": _lines(item, articles, price),
        }
    )
    _lead_on(service, deal, item, stages, every=(now - began) / (len(item.way) + 1))
    deal.created_at = began
    _mark(deal)
    return deal


def _lines(
    item: SampleDeal, articles: Sequence[SampleArticle], price: Mapping[str, int]
) -> list[dict[str, Any]]:
    wanted = [(articles[place].title, count) for place, count in item.articles]
    return [{"title": title, "quantity": count, "unit_price_minor": price[title]} for title, count in wanted]


def _lead_on(
    service: _PastDeals, deal: Deal, item: SampleDeal, stages: Sequence[Stage], *, every: dt.timedelta
) -> None:
    """Take the deal from stage to stage, so long apart, with all points of a stage ticked as it is left."""
    for place in item.way[1:]:
        service.moment += every
        left = service.session.get(Stage, deal.stage_id)
        ticked = [tick_key(left.id, point) for point in left.checklist] if left else []
        values: dict[str, Any] = {"stage_id": stages[place].id, "ticked": ticked}
        if item.lost_reason and place == item.way[-1]:
            values["lost_reason"] = item.lost_reason
        service.update(deal.id, values)


def _add_talk(
    ctx: HookContext,
    item: SampleTalk,
    customers: Mapping[str, Customer],
    deals: Mapping[str, Deal],
    owner_id: uuid.UUID | None,
) -> None:
    customer = customers[item.customer]
    moment = clock.now() - dt.timedelta(days=item.days_ago, hours=item.days_ago % 5 + 1)
    values = {
        "kind": item.kind,
        "customer_id": customer.id,
        "deal_id": deals[item.deal].id if item.deal else None,
        "happened_at": max(moment, customer.created_at + dt.timedelta(minutes=30)),
        "text": item.text,
        "outcome": item.outcome or None,
        "direction": None if item.kind == "note" else "in" if item.is_incoming else "out",
        "owner_id": owner_id,
    }
    made: Interaction = service_of(INTERACTION, ctx.session, full_access()).create(values)
    made.created_at = made.happened_at
    _mark(made)


def _add_task(
    ctx: HookContext,
    item: SampleTask,
    customers: Mapping[str, Customer],
    deals: Mapping[str, Deal],
    owner_id: uuid.UUID | None,
) -> None:
    day = calendar.today() + dt.timedelta(days=item.days)
    due_at = (
        end_of_day(day) if item.hour is None else calendar.start_of_day(day) + dt.timedelta(hours=item.hour)
    )
    deal = deals.get(item.deal)
    values: dict[str, Any] = {
        "title": item.title,
        "customer_id": deal.customer_id if deal else customers[item.customer].id if item.customer else None,
        "deal_id": deal.id if deal else None,
        "due_at": due_at,
        "owner_id": owner_id,
        "priority": item.priority,
        "recurrence": preset(item.repeats) if item.repeats else None,
        "checklist": [{"title": title, "is_done": False} for title in item.checklist],
        "reminders": ["60"] if item.hour is not None else [],
        "done_at": due_at if item.is_done else None,
    }
    _mark(service_of(TASK, ctx.session, full_access()).create(values))


def _content(ctx: HookContext) -> ModuleType:
    return sample_work_fa if ctx.tenant.locale == "fa" else sample_work_en


def _members(ctx: HookContext) -> Sequence[uuid.UUID]:
    return list(ctx.session.scalars(_MEMBERS))


def _mark(record: Any) -> None:
    record.is_sample = True
