"""Purchases: listed, searched and exported by the kit; recorded and refunded by services of their own."""

from charsu.records import RecordType
from charsu.records.fields import (
    ChoiceField,
    InstantField,
    LinkField,
    LongTextField,
    MoneyField,
    TextField,
)
from charsu.text.i18n import lazy
from charsu_crm_core import choices
from charsu_crm_core.models import Purchase
from charsu_crm_core.queries.purchases import purchase_facts
from charsu_crm_core.summaries import purchase_summary

PURCHASE = RecordType(
    module="crm",
    name="purchase",
    model=Purchase,
    title=lazy("Purchase"),
    plural_title=lazy("Purchases"),
    summary=lazy("What was sold, the latest first."),
    icon="shopping-cart",
    order=20,
    fields=(
        TextField(
            name="title",
            title=lazy("What was bought"),
            is_searched=True,
            is_read_only=True,
            in_list=True,
        ),
        LinkField(
            name="customer_id", title=lazy("Customer"), to="crm.customer", is_read_only=True, in_list=True
        ),
        MoneyField(
            name="amount_minor",
            title=lazy("Amount"),
            currency_field="currency",
            is_read_only=True,
            in_list=True,
        ),
        MoneyField(
            name="refunded_minor", title=lazy("Refunded"), currency_field="currency", is_read_only=True
        ),
        TextField(name="currency", title=lazy("Currency"), max_length=3, is_read_only=True),
        InstantField(name="occurred_at", title=lazy("Date"), is_read_only=True, in_list=True),
        ChoiceField(
            name="channel",
            title=lazy("Channel"),
            options=choices.CHANNEL_TITLES,
            is_read_only=True,
            in_list=True,
        ),
        TextField(name="external_ref", title=lazy("Reference"), is_searched=True, is_read_only=True),
        LongTextField(name="note", title=lazy("Note"), is_read_only=True),
    ),
    sort="-occurred_at",
    quick_filters=("channel", "occurred_at"),
    verbs=frozenset({"read", "export"}),
    templates={"page": "crm/purchase.html", "list_actions": "crm/_purchase_actions.html"},
    slot="purchase",
    subject=purchase_summary,
    page_facts=purchase_facts,
    # Lines and refunds belong into its answers: charsu_crm_core.rest.
    own_api=frozenset({"list_records", "read_record"}),
)
