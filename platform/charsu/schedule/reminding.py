"""The job that sends the reminders that are due: each exactly once, wherever its process dies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.faultpoints import faultpoint
from charsu.mail.letters import reminder_letter
from charsu.mail.outbox import send_mail
from charsu.people.notifications import notify
from charsu.plugins.apart import done_apart
from charsu.plugins.context import HookContext
from charsu.process import runtime
from charsu.records.access import access_of_member
from charsu.records.links import module_of
from charsu.records.record_type import RecordType
from charsu.records.registry import find_type, usable_types
from charsu.schedule.reminders import source_key
from charsu.text.calendar import format_datetime
from charsu.text.i18n import _
from charsu.text.preferences import known_locale, use_locale
from charsu_tenants.context import Tenant
from charsu_tenants.memberships import Membership, find_by_member
from charsu_tenants.users import find_user

BATCH = 200

_DUE = text("""
SELECT id, record_type, record_id, member_id, minutes_before, channels, remind_at FROM core_reminder
 WHERE sent_at IS NULL AND remind_at <= :now
   AND id <> ALL(CAST(:later AS uuid[])) ORDER BY remind_at LIMIT :batch FOR UPDATE SKIP LOCKED""")
_MARK = text("UPDATE core_reminder SET sent_at = :now WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class Call:
    """One reminder that is due, with what its record is called now."""

    id: UUID
    key: str
    title: str
    path: str
    moment: datetime
    icon: str


def send_due(ctx: HookContext) -> int:
    """Send what is due in this tenant; returns how many were told.

    The notification and the mark stand in the job's own transaction. A letter goes to the outbox in the
    control plane before that commits, under an id made of the reminder and its time: where this process dies
    in between, the next run finds it there and adds none. A record that is gone, finished, or out of its
    member's sight is passed over; one whose module's tables fail waits for the next run.
    """
    now, told = clock.now(), 0
    later: list[UUID] = []
    while rows := ctx.session.execute(_DUE, {"now": now, "batch": BATCH, "later": later}).all():
        outcomes = {row.id: _send(ctx, row) for row in rows}
        later += [one for one, is_told in outcomes.items() if is_told is None]
        told += sum(bool(is_told) for is_told in outcomes.values())
        ctx.session.execute(_MARK, {"now": now, "ids": list(outcomes.keys() - set(later))})
    return told


def _send(ctx: HookContext, row: Any) -> bool | None:
    """Send one; False where there is nothing to tell, None where its module is out of service."""
    with runtime().database.control() as conn:
        member = find_by_member(conn, ctx.tenant.id, row.member_id)
        user = find_user(conn, member.user_id) if member is not None else None
    record_type = find_type(row.record_type, usable_types(ctx.tenant))
    is_barred = user is None or user.disabled_at is not None
    if member is None or is_barred:
        return False
    if record_type is None:
        return None if _is_out_of_service(ctx.tenant, row.record_type) else False
    with use_locale(known_locale(member.locale) or ctx.tenant.locale):
        read = partial(_calls, ctx.session, record_type, member, row)
        calls = done_apart(ctx.session, module_of(record_type), "reminder", read, None)
        for call in calls or ():
            _tell(ctx, member, row, call)
        return None if calls is None else bool(calls)


def _tell(ctx: HookContext, member: Membership, row: Any, call: Call) -> None:
    """Tell the member in her own language, by each way she chose."""
    if "email" in row.channels:
        _post(ctx.tenant, member, call)
    if "app" in row.channels:
        when = _("It is for %(moment)s.", moment=format_datetime(call.moment, "long"))
        more = {"body": when, "path": call.path, "icon": call.icon}
        notify(ctx.session, member_id=member.member_id, title=call.title, source_key=call.key, **more)


def _is_out_of_service(tenant: Tenant, key: str) -> bool:
    """Whether the type is of a module that is turned on, but can not be asked now."""
    found = find_type(key)
    return found is not None and module_of(found) in tenant.modules


def _calls(session: Session, record_type: RecordType, member: Membership, row: Any) -> list[Call]:
    """The reminder with its record's title as the member may read it; none where nothing is to be said."""
    access = access_of_member(record_type, member)
    model: Any = record_type.model
    title_field = record_type.by_name[record_type.title_field]
    columns = [title_field.expression(model)]
    if record_type.due is not None:
        columns.append(record_type.by_name[record_type.due.done_field].expression(model))
    statement = select(*columns).where(
        model.id == row.record_id, model.deleted_at.is_(None), *access.criteria(model)
    )
    found = session.execute(statement).first()
    if found is None or any(found[1:]):
        return []
    is_readable = bool(access.readable([title_field]))
    call = Call(
        id=row.id,
        key=source_key(row.id, row.remind_at),
        title=str(found[0]) if is_readable else str(record_type.title),
        path=record_type.url(row.record_id),
        moment=row.remind_at + timedelta(minutes=row.minutes_before),
        icon="bell",
    )
    return [call]


def _post(tenant: Tenant, member: Membership, call: Call) -> None:
    letter = reminder_letter(
        to=member.email,
        title=call.title,
        moment=format_datetime(call.moment, "long"),
        url=f"{runtime().settings.tenant_url(tenant.slug)}{call.path}",
    )
    mail_id = uuid5(NAMESPACE_URL, f"{tenant.schema}:{call.key}")
    with runtime().database.control() as conn:
        send_mail(conn, letter, tenant_id=tenant.id, mail_id=mail_id)
    faultpoint("reminder.mailed")
