"""What is written down in two clicks: an interaction, a finished task, a ticked item."""

import datetime as dt
import uuid
from typing import Any

import marshmallow as ma
from flask import Response, request

from charsu import clock
from charsu.api import Schema
from charsu.api.fields import Flag, Text
from charsu.db import db
from charsu.errors import DomainError
from charsu.records import service_of
from charsu.records.access import access_of_request
from charsu.records.changes import changing
from charsu.records.reading import get_record
from charsu.text import calendar
from charsu.text.fields import TypedDate
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.forms import parse_form
from charsu.web.rendering import redirect_to_path
from charsu_crm_core.fields import MOST_ITEMS, end_of_day
from charsu_crm_core.models import INTERACTION_KINDS, OUTCOMES
from charsu_crm_core.queries.what_next import proposal
from charsu_crm_core.records import CUSTOMER, DEAL, INTERACTION, TASK
from charsu_crm_core.services.tasks import TaskService
from charsu_crm_core.views.blueprint import crm


class LogForm(Schema):
    """An interaction, as the bar on the customer's page takes it."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(INTERACTION_KINDS))
    outcome = ma.fields.String(load_default="", validate=ma.validate.OneOf(("", *OUTCOMES)))
    text = Text(max_length=4000, multiline=True, load_default="")
    next_step = Text(max_length=200, allow_none=True, load_default=None)
    next_on = TypedDate(allow_none=True, load_default=None)
    is_incoming = Flag(load_default=False)


class DoneForm(Schema):
    """Whether a task is done, and where to go on."""

    is_done = Flag(load_default=True)
    next = Text(max_length=2000, load_default="")


class TickForm(Schema):
    """An item of a task's checklist: its place and its title, as the page showed them."""

    at = ma.fields.Integer(required=True, validate=ma.validate.Range(min=0, max=MOST_ITEMS))
    item = Text(required=True, max_length=200)
    is_done = Flag(load_default=False)


class NextForm(Schema):
    """The next activity of a deal: what, and in how many days; and where to go on."""

    title = Text(max_length=200, load_default="")
    next = Text(max_length=2000, load_default="")
    days = ma.fields.Integer(load_default=1, validate=ma.validate.Range(min=0, max=366))


@crm.post("/deals/<uuid:record_id>/next")
@requires(TASK.permission("write"))
def plan_next(record_id: uuid.UUID) -> Response:
    """Plan the next activity of a deal on a day near by; it is a task of who planned it."""
    session = db.session()
    deal = get_record(session, DEAL, access_of_request(DEAL), record_id)
    form, errors = parse_form(NextForm)
    back = request.form.get("next")
    if errors:
        flash(next(iter(errors.values()))[0], "danger")
        return redirect_to_path(back, DEAL.url(record_id))
    values = {
        "title": form["title"] or proposal(deal.title),
        "deal_id": record_id,
        "due_at": end_of_day(calendar.today() + dt.timedelta(days=form["days"])),
    }
    with changing("page"):
        made = service_of(TASK, session, access_of_request(TASK)).create(values)
    flash(_("Planned for %(day)s: %(task)s", day=calendar.format_date(made.due_at), task=made.title))
    return redirect_to_path(back, DEAL.url(record_id))


@crm.post("/customers/<uuid:customer_id>/log")
@requires(INTERACTION.permission("write"))
def log_interaction(customer_id: uuid.UUID) -> Response:
    """Write down what was said with a customer, and plan the next step."""
    session = db.session()
    get_record(session, CUSTOMER, access_of_request(CUSTOMER), customer_id)
    form, errors = parse_form(LogForm)
    page = CUSTOMER.url(customer_id)
    if errors:
        flash(next(iter(errors.values()))[0], "danger")
        return redirect_to_path(page)
    with changing("page"):
        made = service_of(INTERACTION, session, access_of_request(INTERACTION)).create(
            _values(form, customer_id)
        )
    flash(_("Noted down. The next step is a task now.") if made.task_id else _("Noted down."))
    return redirect_to_path(page)


@crm.post("/tasks/<uuid:record_id>/done")
@requires(TASK.permission("write"))
def finish_task(record_id: uuid.UUID) -> Response:
    """Note down that a task is done, or open it again."""
    form, _errors = parse_form(DoneForm)
    done_at = clock.now() if form.get("is_done", True) else None
    service = service_of(TASK, db.session(), access_of_request(TASK))
    task = service.locked(record_id)
    if (task.done_at is None) != (done_at is None):
        try:
            with changing("page"):
                service.update(record_id, {"done_at": done_at})
        except DomainError as refusal:
            flash(refusal.message, "danger")
            return redirect_to_path(request.form.get("next"), TASK.url(record_id))
        flash(_("Done: %(task)s", task=task.title) if done_at else _("The task is open again."))
    return redirect_to_path(form.get("next"), TASK.url(record_id))


@crm.post("/tasks/<uuid:record_id>/tick")
@requires(TASK.permission("write"))
def tick_task_item(record_id: uuid.UUID) -> Response:
    """Tick an item of a task's checklist off, or not."""
    access = access_of_request(TASK)
    get_record(db.session(), TASK, access, record_id)
    form, errors = parse_form(TickForm)
    if errors:
        flash(next(iter(errors.values()))[0], "danger")
        return redirect_to_path(TASK.url(record_id))
    service = TaskService(TASK, db.session(), access)
    try:
        with changing("page"):
            service.tick(record_id, form["at"], form["item"], is_done=form["is_done"])
    except DomainError as refusal:
        if refusal.status == 404:
            raise
        flash(refusal.message, "danger")
    return redirect_to_path(TASK.url(record_id))


def _values(form: dict[str, Any], customer_id: uuid.UUID) -> dict[str, Any]:
    is_incoming = form["is_incoming"]
    return {
        "customer_id": customer_id,
        "kind": form["kind"],
        "outcome": form["outcome"] or None,
        "text": form["text"],
        "next_step": form["next_step"],
        "next_on": form["next_on"],
        "direction": None if form["kind"] == "note" else "in" if is_incoming else "out",
    }
