"""The CRM's steps of the getting-started list."""

from collections.abc import Iterator

from charsu.plugins import ChecklistStep, HookContext
from charsu.text.i18n import _
from charsu_crm_core.permissions import CUSTOMER_WRITE, PURCHASE_RECORD
from charsu_crm_core.queries.progress import has_own_customer, has_own_purchase


def steps(ctx: HookContext) -> Iterator[ChecklistStep]:
    """The steps the person may take; sample data do not count as done."""
    if ctx.can(CUSTOMER_WRITE):
        yield ChecklistStep(
            key="first_customer",
            title=_("Add your first customer"),
            text=_("A name is enough to begin with; phone number and tags help you find them again."),
            endpoint="crm_customers.new_record",
            is_done=has_own_customer(ctx.session),
            order=20,
        )
    if ctx.can(PURCHASE_RECORD):
        yield ChecklistStep(
            key="first_purchase",
            title=_("Record a purchase"),
            text=_("Each purchase builds the customer's history, and points if the loyalty club is on."),
            endpoint="crm.new_purchase",
            is_done=has_own_purchase(ctx.session),
            order=30,
        )
