"""Reminders of records: when a member is to be told about one, in the app and by e-mail; and snoozing.

A row says "so many minutes before the record's moment". The moment itself is not kept twice: it is
`remind_at` plus those minutes. What is due is sent by `charsu.schedule.reminding`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import NotFound, RuleViolated
from charsu.jobs.queueing import enqueue_once
from charsu.text.i18n import _

Channel = Literal["app", "email"]
CHANNELS: tuple[Channel, ...] = ("app", "email")
SEND_JOB = "core.send_reminders"
#: A year: nobody is reminded of anything longer ahead.
MAX_MINUTES = 366 * 24 * 60
MAX_OFFSETS = 10
MINUTE = timedelta(minutes=1)
_SOURCE = "reminder:"

_SET = text("""
WITH wanted AS (
  SELECT member_id, minutes, CAST(:moment AS timestamptz) - minutes * interval '1 minute' AS remind_at
    FROM unnest(CAST(:members AS uuid[])) AS member_id, unnest(CAST(:offsets AS integer[])) AS minutes
), gone AS (
  DELETE FROM core_reminder r WHERE r.record_type = :record_type AND r.record_id = :record_id
     AND NOT EXISTS (SELECT FROM wanted w WHERE (w.member_id, w.minutes) = (r.member_id, r.minutes_before))
     AND NOT ('snooze' = ANY(r.channels) AND r.member_id = ANY(CAST(:members AS uuid[]))
       AND r.remind_at + r.minutes_before * interval '1 minute' = CAST(:moment AS timestamptz))
)
INSERT INTO core_reminder AS r
  (record_type, record_id, member_id, minutes_before, channels, remind_at, sent_at)
SELECT :record_type, :record_id, member_id, minutes, CAST(:channels AS text[]), remind_at,
       CASE WHEN remind_at <= :now THEN CAST(:now AS timestamptz) END
  FROM wanted
ON CONFLICT (record_type, record_id, member_id, minutes_before) DO UPDATE SET
  channels = excluded.channels, remind_at = excluded.remind_at,
  sent_at = CASE WHEN r.remind_at = excluded.remind_at THEN r.sent_at ELSE excluded.sent_at END
RETURNING remind_at, sent_at""")
_DROP = text("DELETE FROM core_reminder WHERE record_type = :record_type AND record_id = :record_id")
# Moved by whole minutes from the moment, so that the moment can still be told from the row.
_SNOOZE = text("""
INSERT INTO core_reminder AS later
  (record_type, record_id, member_id, minutes_before, channels, remind_at)
SELECT record_type, record_id, member_id, ahead, array_append(array_remove(channels, 'snooze'), 'snooze'),
       remind_at + (minutes_before - ahead) * interval '1 minute'
  FROM (SELECT *, floor(extract(epoch FROM remind_at + minutes_before * interval '1 minute'
                                 - CAST(:until AS timestamptz)) / 60)::integer AS ahead
          FROM core_reminder WHERE id = :id AND member_id = :member_id) AS was
ON CONFLICT (record_type, record_id, member_id, minutes_before) DO UPDATE SET
  remind_at = excluded.remind_at, sent_at = NULL
RETURNING remind_at""")


class About(NamedTuple):
    """The record a reminder is about: the key of its type (`crm.task`) and its id."""

    record_type: str
    record_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How somebody wants to be reminded: minutes before the moment, and by which channels."""

    offsets: Collection[int] = ()
    channels: Collection[Channel] = CHANNELS[:1]

    def __post_init__(self) -> None:
        """Raise `RuleViolated` for offsets out of range and channels there are not."""
        is_good = all(type(minutes) is int and 0 <= minutes <= MAX_MINUTES for minutes in self.offsets)
        if not is_good or len(self.offsets) > MAX_OFFSETS:
            raise RuleViolated(_("Reminders can be up to a year ahead, ten at most."), field="reminders")
        if not set(self.channels) <= set(CHANNELS):
            raise RuleViolated(_("There is no such way to be reminded."), field="reminders")


def set_reminders(
    session: Session,
    about: About,
    wish: Wish,
    *,
    moment: datetime | None,
    member_ids: Collection[UUID],
) -> None:
    """Make these the reminders of a record: call it whenever its moment, its members or the wish may have
    changed.

    They move along with the moment; those of other members go. What was sent for this very moment is not sent
    again, and what would have been due already is not sent at all. No moment, no members or no offsets: none.
    """
    if moment is None or not member_ids or not wish.offsets or not wish.channels:
        drop_reminders(session, about)
        return
    values = {
        "moment": moment,
        "members": [str(member_id) for member_id in member_ids],
        "offsets": sorted(set(wish.offsets)),
        "channels": [channel for channel in CHANNELS if channel in wish.channels],
        "now": clock.now(),
    }
    rows = session.execute(_SET, {**about._asdict(), **values}).all()
    _ring_at(row.remind_at for row in rows if row.sent_at is None)


def drop_reminders(session: Session, about: About) -> None:
    """Remove all reminders of a record; one in the bin needs none of this, it is passed over when due."""
    session.execute(_DROP, about._asdict())


def snooze(session: Session, member_id: UUID, reminder_id: UUID, *, until: datetime) -> datetime:
    """Have a reminder come once more, in the minute of `until` or the one after; returns when. Raises:
    NotFound.
    """
    row = session.execute(_SNOOZE, {"id": reminder_id, "member_id": member_id, "until": until}).first()
    if row is None:
        raise NotFound(_("There is no such reminder."))
    _ring_at([row.remind_at])
    remind_at: datetime = row.remind_at
    return remind_at


def source_key(reminder_id: UUID, remind_at: datetime) -> str:
    """What the notification of a reminder is made for: told once for each time it is due."""
    return f"{_SOURCE}{reminder_id}:{remind_at.timestamp():.0f}"


def reminder_in(source: str) -> UUID:
    """The reminder a notification was made for. Raises: NotFound for one that was made for something else."""
    try:
        return UUID(source.removeprefix(_SOURCE).partition(":")[0]) if source.startswith(_SOURCE) else _none()
    except ValueError:
        return _none()


def _none() -> UUID:
    raise NotFound(_("There is no such reminder."))


def _ring_at(moments: Any) -> None:
    """Have the job run when each is due; those of one minute share a run, at its end."""
    for minute in sorted({_end_of_minute(moment) for moment in moments}):
        enqueue_once(SEND_JOB, f"{minute:%Y%m%d%H%M}", due_at=minute)


def _end_of_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE
