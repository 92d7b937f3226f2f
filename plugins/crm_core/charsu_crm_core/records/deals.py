"""Deals and their board."""

from functools import partial

from charsu.records import Board, LackSpec, RecordType
from charsu.records.fields import (
    Among,
    ChoiceField,
    DateField,
    InstantField,
    LinkField,
    ListField,
    LongTextField,
    MemberField,
    MoneyField,
    NumberField,
    TagsField,
    TextField,
)
from charsu.text.i18n import lazy
from charsu_crm_core import choices
from charsu_crm_core.fields import ProductsField
from charsu_crm_core.models import Deal
from charsu_crm_core.queries.contacts import is_contact_of
from charsu_crm_core.queries.deal_page import deal_facts
from charsu_crm_core.queries.pipelines import board_columns, board_groups, card_facts
from charsu_crm_core.queries.what_next import task_url
from charsu_crm_core.services.deals import PURCHASE_STAYS, DealService

DEAL = RecordType(
    module="crm",
    name="deal",
    model=Deal,
    title=lazy("Deal"),
    plural_title=lazy("Deals"),
    summary=lazy("Sales you hope for, from first contact to the end."),
    icon="briefcase",
    order=12,
    fields=(
        TextField(
            name="title",
            title=lazy("What it is about"),
            is_required=True,
            is_searched=True,
            in_list=True,
            synonyms=("deal", "name", "عنوان", "معامله", "فرصت"),
        ),
        LinkField(
            name="customer_id",
            title=lazy("Customer"),
            to="crm.customer",
            is_required=True,
            in_list=True,
            goes_along=True,
            synonyms=("مشتری",),
        ),
        LinkField(
            name="contact_id",
            title=lazy("Contact person"),
            help=lazy("Somebody with a role in the customer's company, or the customer herself."),
            to="crm.customer",
            among=Among(by="customer_id", holds=is_contact_of),
            synonyms=("contact", "رابط", "مخاطب", "شخص رابط"),
        ),
        LinkField(
            name="pipeline_id",
            title=lazy("Pipeline"),
            to="crm.pipeline",
            in_form=False,
        ),
        LinkField(
            name="stage_id",
            title=lazy("Stage"),
            help=lazy("Left empty: the first one of the first pipeline."),
            to="crm.stage",
            in_list=True,
            synonyms=("مرحله",),
        ),
        MoneyField(
            name="amount_minor",
            title=lazy("Amount"),
            help=lazy("What it is worth; with products it is their sum."),
            in_list=True,
            synonyms=("value", "amount", "مبلغ", "ارزش"),
        ),
        DateField(
            name="expected_close_on",
            title=lazy("Expected close"),
            in_list=True,
            synonyms=("close date", "تاریخ احتمالی"),
        ),
        NumberField(
            name="probability",
            title=lazy("Probability in percent"),
            help=lazy("Left empty: that of the stage."),
            minimum=0,
            maximum=100,
        ),
        MemberField(name="owner_id", title=lazy("In charge")),
        ChoiceField(
            name="state",
            title=lazy("State"),
            options=choices.STATE_TITLES,
            tones=choices.STATE_TONES,
            is_read_only=True,
            in_form=False,
        ),
        InstantField(
            name="next_at", title=lazy("Next activity"), is_read_only=True, in_form=False, in_list=True
        ),
        ChoiceField(
            name="lost_reason",
            title=lazy("Why lost"),
            help=lazy("Needed when it is lost."),
            options=choices.LOST_TITLES,
            is_asked_late=True,
        ),
        TagsField(name="competitors", title=lazy("Competitors"), is_searched=True),
        ProductsField(name="products", title=lazy("Products"), is_searched=True, in_form=False),
        LongTextField(name="note", title=lazy("Note"), is_searched=True),
        ListField(
            name="ticked",
            title=lazy("Ticked off"),
            of=TextField(name="item", title="", max_length=200),
            most=100,
            in_form=False,
        ),
        InstantField(name="stage_since", title=lazy("In this stage since"), is_read_only=True, in_form=False),
        InstantField(name="closed_at", title=lazy("Closed"), is_read_only=True, in_form=False),
    ),
    sort="next_at",
    quick_filters=("state", "customer_id", "owner_id", "next_at"),
    board=Board(
        field="stage_id",
        columns=board_columns,
        groups=board_groups,
        group_field="pipeline_id",
        sum_field="amount_minor",
        weight_field="probability",
        card_fields=("customer_id", "amount_minor", "expected_close_on"),
        card_template="crm/_deal_card.html",
        card_facts=card_facts,
    ),
    lack=LackSpec(
        missing_field="next_at",
        only={"state": "open"},
        title=lazy("Open deals without a next activity"),
        action=lazy("Plan the next step"),
        mend=partial(task_url, back="/today"),
        permission="crm.task.write",
    ),
    service=DealService,
    stays={PURCHASE_STAYS: lazy("Its purchase stays. Refund it where it was recorded by mistake.")},
    templates={"page": "crm/deal.html", "list_actions": "crm/_deal_actions.html"},
    page_facts=deal_facts,
    verbs=frozenset({"read", "write", "delete", "export", "import"}),
)
