"""What the page of a task shows beyond its fields."""

from collections.abc import Mapping
from typing import Any

from charsu.plugins.context import HookContext
from charsu.records import RecordAccess
from charsu.records.registry import find_type
from charsu_crm_core.models import Task
from charsu_crm_core.queries.what_next import what_next_after


def task_facts(ctx: HookContext, access: RecordAccess, task: Task) -> Mapping[str, Any]:
    """What its deal needs once it is done, and its checklist as far as the reader may see and tick it."""
    task_type = find_type("crm.task")
    checklist = [task_type.by_name["checklist"]] if task_type is not None else []
    return {
        "follow_up": what_next_after(ctx.session, access, task.id) if task.done_at else None,
        "checklist": task.checklist if access.readable(checklist) else (),
        "can_tick": access.can("write") and bool(access.writable(checklist)),
    }
