"""Pipelines and stages: set-up of the business, edited on a page of its own and by the API."""

from charsu.records import RecordType
from charsu.records.fields import (
    ChoiceField,
    FlagField,
    LinkField,
    MultiChoiceField,
    NumberField,
    TextField,
)
from charsu.text.i18n import lazy
from charsu_crm_core import choices
from charsu_crm_core.fields import RowsField
from charsu_crm_core.models import Pipeline, Stage
from charsu_crm_core.services.pipelines import PipelineService, StageService

#: Everybody who sells sees how the business sells; managers decide it.
_ROLES = {"read": ("manager", "staff", "viewer", "dealer"), "write": ("manager",), "delete": ("manager",)}
_VERBS = frozenset({"read", "write", "delete"})

PIPELINE = RecordType(
    module="crm",
    name="pipeline",
    model=Pipeline,
    title=lazy("Pipeline"),
    plural_title=lazy("Pipelines"),
    summary=lazy("Each way of selling has stages of its own, from first contact to the end."),
    icon="adjustments",
    title_field="name",
    sort="position",
    order=0,
    fields=(
        TextField(
            name="name",
            title=lazy("Name"),
            max_length=100,
            is_required=True,
            is_searched=True,
            in_list=True,
        ),
        NumberField(name="position", title=lazy("Place"), minimum=0, maximum=999, default=0, in_list=True),
        FlagField(
            name="makes_purchase",
            title=lazy("Record a won deal as a purchase"),
            help=lazy("By itself, in the moment it is won."),
            in_list=True,
        ),
    ),
    service=PipelineService,
    verbs=_VERBS,
    is_setup=True,
    default_roles=_ROLES,
)
STAGE = RecordType(
    module="crm",
    name="stage",
    model=Stage,
    title=lazy("Stage"),
    plural_title=lazy("Stages"),
    summary=lazy("A stage is a column of the board, with rules for the deals in it."),
    icon="adjustments",
    title_field="name",
    sort="position",
    order=0,
    fields=(
        TextField(
            name="name",
            title=lazy("Name"),
            max_length=100,
            is_required=True,
            is_searched=True,
            in_list=True,
        ),
        LinkField(
            name="pipeline_id",
            title=lazy("Pipeline"),
            to="crm.pipeline",
            is_required=True,
            in_list=True,
            goes_along=True,
        ),
        NumberField(name="position", title=lazy("Place"), minimum=0, maximum=999, default=0, in_list=True),
        ChoiceField(
            name="kind",
            title=lazy("A deal here is"),
            options=choices.STATE_TITLES,
            tones=choices.STATE_TONES,
            default="open",
            is_required=True,
            in_list=True,
        ),
        NumberField(
            name="probability",
            title=lazy("Probability in percent"),
            minimum=0,
            maximum=100,
            default=0,
            is_required=True,
            in_list=True,
        ),
        NumberField(
            name="rotting_days",
            title=lazy("Left lying after so many days"),
            help=lazy("Without anything done; the board marks such deals."),
            minimum=1,
            maximum=999,
        ),
        MultiChoiceField(
            name="required_fields",
            title=lazy("Must be filled in here"),
            options=choices.REQUIRED_TITLES,
        ),
        RowsField(
            name="checklist",
            title=lazy("To tick off before a deal goes on"),
            help=lazy("A line for each."),
            of=TextField(name="item", title="", max_length=100),
            most=15,
        ),
    ),
    service=StageService,
    verbs=_VERBS,
    is_setup=True,
    default_roles=_ROLES,
)
