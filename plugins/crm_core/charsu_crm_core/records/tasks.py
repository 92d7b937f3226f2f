"""Tasks: what is to be done, by whom and until when."""

from charsu.records import CalendarSpec, DueSpec, RecordType, Section
from charsu.records.fields import (
    ChoiceField,
    FlagField,
    InstantField,
    LinkField,
    LongTextField,
    MemberField,
    MultiChoiceField,
    RecurrenceField,
    TextField,
)
from charsu.text.i18n import lazy
from charsu_crm_core import choices
from charsu_crm_core.fields import ChecklistField, DueField
from charsu_crm_core.models import Task
from charsu_crm_core.queries.task_page import task_facts
from charsu_crm_core.queries.what_next import what_next_after
from charsu_crm_core.services.tasks import TaskService, afresh, finish

TASK = RecordType(
    module="crm",
    name="task",
    model=Task,
    title=lazy("Task"),
    plural_title=lazy("Tasks"),
    summary=lazy("What is to be done, by whom and until when; the urgent first."),
    icon="checklist",
    order=14,
    fields=(
        TextField(
            name="title",
            title=lazy("What is to be done"),
            is_required=True,
            is_searched=True,
            in_list=True,
            synonyms=("task", "subject", "کار", "عنوان", "موضوع"),
        ),
        LinkField(
            name="customer_id", title=lazy("Customer"), to="crm.customer", in_list=True, goes_along=True
        ),
        LinkField(name="deal_id", title=lazy("Deal"), to="crm.deal", goes_along=True),
        DueField(
            name="due_at",
            title=lazy("Due"),
            help=lazy("A day, or a day and a time such as 1405/09/01 16:30."),
            in_list=True,
            synonyms=("due date", "deadline", "موعد", "مهلت", "سررسید"),
        ),
        MemberField(name="owner_id", title=lazy("Who does it"), in_list=True),
        ChoiceField(
            name="priority",
            title=lazy("Priority"),
            options=choices.PRIORITY_TITLES,
            tones=choices.PRIORITY_TONES,
            default="normal",
            is_required=True,
            in_list=True,
            synonyms=("اولویت", "فوریت"),
        ),
        ChecklistField(
            name="checklist",
            title=lazy("Checklist"),
            help=lazy("A line for each; put ✓ in front of what is done."),
            in_facts=False,
        ),
        LongTextField(name="note", title=lazy("Note"), is_searched=True),
        InstantField(
            name="ends_at", title=lazy("Ends"), help=lazy("Of a meeting or a visit."), section="time"
        ),
        MultiChoiceField(
            name="reminders", title=lazy("Remind"), options=choices.REMINDER_TITLES, section="time"
        ),
        FlagField(name="remind_by_email", title=lazy("Remind by e-mail too"), section="time"),
        RecurrenceField(name="recurrence", title=lazy("Repeats"), section="time"),
        InstantField(name="done_at", title=lazy("Done at"), in_form=False),
        InstantField(
            name="open_until", title=lazy("Open until"), is_read_only=True, in_form=False, in_facts=False
        ),
        FlagField(
            name="is_all_day", title=lazy("The whole day"), is_read_only=True, in_form=False, in_facts=False
        ),
    ),
    sections=(Section(key="time", title=lazy("Reminders and repetition"), is_folded=True),),
    sort="open_until",
    quick_filters=("done_at", "customer_id", "owner_id", "priority"),
    calendar=CalendarSpec(
        start_field="due_at",
        end_field="ends_at",
        all_day_field="is_all_day",
        tone_field="priority",
        repeat_field="recurrence",
        afresh=afresh,
    ),
    due=DueSpec(
        due_field="due_at",
        done_field="done_at",
        priority_field="priority",
        finish=finish,
        follow_up=what_next_after,
    ),
    service=TaskService,
    templates={"page": "crm/task.html"},
    page_facts=task_facts,
    verbs=frozenset({"read", "write", "delete", "export", "import"}),
)
