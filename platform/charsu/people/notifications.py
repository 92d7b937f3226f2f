"""Notifications: short messages of Charsu to one member, behind the bell of the top bar."""

from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, column, select, table, text
from sqlalchemy.orm import Session

from charsu.api.paging import DEFAULT_LIMIT, KeysetList, Page
from charsu.errors import NotFound
from charsu.text.i18n import _
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

TITLE_MAX = 200
BODY_MAX = 2_000
#: The bell says "99+" beyond it, and counts no further.
COUNT_MAX = 99
UNREAD_MAX = COUNT_MAX + 1
#: Where a session keeps a count that was read along with something else: whose, and how many.
_KNOWN = "unread_notifications"

_INSERT = text("""
INSERT INTO core_notification (member_id, title, body, path, icon, source_key)
SELECT id, :title, :body, :path, :icon, :source_key FROM core_member WHERE id = :member_id AND is_active
ON CONFLICT (source_key) DO NOTHING RETURNING id""")
#: How many the member `member_id` has not read; `most` is `UNREAD_MAX`.
UNREAD_SQL = """
SELECT count(*) FROM (
  SELECT FROM core_notification WHERE member_id = %(member_id)s AND read_at IS NULL LIMIT %(most)s) AS new"""
_COUNT = HotStatement(UNREAD_SQL)
_READ_ONE = text("""
UPDATE core_notification SET read_at = coalesce(read_at, now())
 WHERE id = :id AND member_id = :member_id RETURNING path""")
_SOURCE = text("SELECT source_key FROM core_notification WHERE id = :id AND member_id = :member_id")
_READ_ALL = text(
    "UPDATE core_notification SET read_at = now()"
    " WHERE member_id = :member_id AND read_at IS NULL RETURNING id"
)
_table = table(
    "core_notification",
    column("id", Uuid()),
    column("member_id", Uuid()),
    *(column(name, Text()) for name in ("title", "body", "path", "icon", "source_key")),
    column("created_at", DateTime(timezone=True)),
    column("read_at", DateTime(timezone=True)),
)
_columns = _table.c
_LIST = KeysetList(
    select(
        *(_columns[name] for name in ("id", "title", "body", "path", "icon", "source_key")),
        _columns.created_at,
        _columns.read_at,
    ).where(_columns.member_id == bindparam("member_id")),
    _columns.id,
)


class More(TypedDict, total=False):
    """What a notification may have besides its title."""

    body: str
    #: The page of this business it leads to.
    path: str
    icon: str


def notify(
    session: Session,
    *,
    member_id: UUID,
    title: str,
    source_key: str | None = None,
    **more: Unpack[More],
) -> bool:
    """Tell a member something; False where it was told before, or she is no member any more.

    What carries the same `source_key` is told once, however
    often it is tried.
    """
    path = more.get("path", "")
    if path and (not path.startswith("/") or path.startswith("//")):
        raise ValueError(f"a notification leads to a page of its business, not to {path!r}")
    row = {
        "member_id": member_id,
        "title": title[:TITLE_MAX],
        "body": more.get("body", "")[:BODY_MAX],
        "path": path,
        "icon": more.get("icon", "bell"),
        "source_key": source_key,
    }
    written = session.execute(_INSERT, row)
    return written.first() is not None


def list_notifications(
    session: Session,
    member_id: UUID,
    *,
    is_unread: bool = False,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page:
    """A member's notifications, newest first. Raises: BadCursor."""
    criteria = [_columns.read_at.is_(None)] if is_unread else []
    return _LIST.page(session, *criteria, limit=limit, cursor=cursor, values={"member_id": member_id})


def count_unread(session: Session, member_id: UUID) -> int:
    """How many a member has not read, at most `UNREAD_MAX`; one look into an index of unread ones."""
    owner, count = session.info.get(_KNOWN, (None, 0))
    if owner != member_id:
        with driver_of(session) as connection:
            ((count,),) = _COUNT.tuples(connection, {"member_id": member_id, "most": UNREAD_MAX})
    return int(count)


def know_unread(session: Session, member_id: UUID, count: int) -> None:
    """Let a session that only reads keep what `UNREAD_SQL` gave along with other things of a page."""
    session.info[_KNOWN] = member_id, count


def mark_read(session: Session, member_id: UUID, notification_id: UUID) -> str:
    """Mark one as read and return the path it leads to; again changes nothing. Raises: NotFound."""
    row = session.execute(_READ_ONE, {"id": notification_id, "member_id": member_id}).first()
    if row is None:
        raise NotFound(_("There is no such notification."))
    return str(row.path)


def source_of(session: Session, member_id: UUID, notification_id: UUID) -> str:
    """What a member's notification was made for, empty where nothing is told. Raises: NotFound."""
    row = session.execute(_SOURCE, {"id": notification_id, "member_id": member_id}).first()
    if row is None:
        raise NotFound(_("There is no such notification."))
    return str(row.source_key or "")


def mark_all_read(session: Session, member_id: UUID) -> int:
    """Mark everything a member has not read as read; how many that were."""
    return len(session.execute(_READ_ALL, {"member_id": member_id}).all())
