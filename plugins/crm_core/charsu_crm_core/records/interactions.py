"""Interactions: calls, e-mails, meetings, messages and notes."""

from charsu.records import RecordType
from charsu.records.fields import (
    ChoiceField,
    DateField,
    InstantField,
    LinkField,
    LongTextField,
    TextField,
)
from charsu.text.i18n import lazy
from charsu_crm_core import choices, rules
from charsu_crm_core.models import Interaction
from charsu_crm_core.services.interactions import InteractionService

INTERACTION = RecordType(
    module="crm",
    name="interaction",
    model=Interaction,
    title=lazy("Interaction"),
    plural_title=lazy("Interactions"),
    summary=lazy("Every call, e-mail, meeting, message and note, with its outcome and what follows."),
    icon="messages",
    title_field="subject",
    order=15,
    fields=(
        ChoiceField(
            name="kind",
            title=lazy("Kind"),
            options=choices.INTERACTION_TITLES,
            default="call",
            is_required=True,
            in_list=True,
        ),
        TextField(
            name="subject",
            title=lazy("Subject"),
            help=lazy("Left empty, the beginning of the text stands here."),
            is_searched=True,
            in_list=True,
        ),
        LinkField(
            name="customer_id",
            title=lazy("Customer"),
            to="crm.customer",
            is_required=True,
            in_list=True,
            goes_along=True,
        ),
        LinkField(name="deal_id", title=lazy("Deal"), to="crm.deal"),
        ChoiceField(name="direction", title=lazy("Direction"), options=choices.DIRECTION_TITLES),
        InstantField(name="happened_at", title=lazy("When"), in_list=True, clean=rules.clean_happened_at),
        LongTextField(name="text", title=lazy("What was said"), is_searched=True),
        ChoiceField(
            name="outcome",
            title=lazy("Outcome"),
            options=choices.OUTCOME_TITLES,
            tones=choices.OUTCOME_TONES,
            in_list=True,
        ),
        TextField(
            name="next_step",
            title=lazy("Next step"),
            help=lazy("Becomes a task of yours on the day beside it."),
        ),
        DateField(name="next_on", title=lazy("On the day")),
    ),
    sort="-happened_at",
    quick_filters=("kind", "outcome", "owner_id"),
    service=InteractionService,
    verbs=frozenset({"read", "write", "delete", "export", "import"}),
)
