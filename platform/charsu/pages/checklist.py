"""Steps of the getting-started list: the core's own, then those of the modules."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.people.invitations import list_open
from charsu.people.members import list_members
from charsu.plugins.context import HookContext
from charsu.plugins.dispatch import call
from charsu.plugins.pieces import ChecklistStep
from charsu.text.i18n import _
from charsu_tenants.context import Tenant

#: Put down when the person has been there, since nothing else shows it.
SETTINGS_SEEN = "settings_seen"


def list_steps(ctx: HookContext) -> list[ChecklistStep]:
    """All steps in order; empty once the business has put the list away."""
    finished = set(ctx.session.execute(text("SELECT key FROM core_checklist")).scalars())
    if "checklist_hidden" in finished:
        return []
    found = [answer.value for answer in call("checklist_steps", ctx)]
    steps = [step for step in found if isinstance(step, ChecklistStep)]
    return sorted([*steps, *_own_steps(ctx, finished)], key=lambda step: step.order)


def finish_step(session: Session, key: str) -> None:
    """Note down that a step is done; doing it twice changes nothing."""
    statement = text("INSERT INTO core_checklist (key) VALUES (:key) ON CONFLICT DO NOTHING")
    session.execute(statement, {"key": key})


def _own_steps(ctx: HookContext, finished: set[str]) -> list[ChecklistStep]:
    steps = [_settings_step(finished), _modules_step(ctx.tenant), _team_step(ctx.tenant)]
    permissions = ("core.settings.manage", "core.module.manage", "core.member.manage")
    return [step for step, permission in zip(steps, permissions, strict=True) if ctx.can(permission)]


def _settings_step(finished: set[str]) -> ChecklistStep:
    return ChecklistStep(
        key="settings",
        title=_("Check your settings"),
        text=_("Calendar, currency and time zone as your business uses them."),
        endpoint="settings.show_settings",
        is_done=SETTINGS_SEEN in finished,
        order=10,
    )


def _modules_step(tenant: Tenant) -> ChecklistStep:
    return ChecklistStep(
        key="modules",
        title=_("Turn on what you need"),
        text=_("Each module is on with one click, and off again without losing anything."),
        endpoint="modules.list_modules",
        is_done=len(tenant.modules) > 2,
        order=20,
    )


def _team_step(tenant: Tenant) -> ChecklistStep:
    return ChecklistStep(
        key="team",
        title=_("Invite your colleagues"),
        text=_("Everybody gets a role and sees what belongs to it."),
        endpoint="members.show_members",
        is_done=len(list_members(tenant, limit=2)) > 1 or bool(list_open(tenant)),
        order=90,
    )
