"""What lies in the recycle bin, within the bounds of who looks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import NotFound
from charsu.records.access import RecordAccess
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Days a record stays in the bin before it is removed for good.
KEPT_DAYS = 90
_LIST = text("""
    SELECT id, record_type, record_id, title, along, actor, deleted_at FROM core_deletion d
     WHERE restored_at IS NULL AND (CAST(:id AS uuid) IS NULL OR id = :id)
       AND (CAST(:after AS uuid) IS NULL OR id < :after)
       AND (record_type = ANY(:all_types)
            OR (record_type = ANY(:own_types) AND owner_id = :member_id)
            OR (record_type = ANY(:team_types) AND (owner_id = :member_id OR owner_id IN (
                SELECT others.member_id FROM core_team_member mine
                  JOIN core_team_member others ON others.team_id = mine.team_id
                 WHERE mine.member_id = :member_id))))
     ORDER BY id DESC LIMIT :limit
""")


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """A record in the bin, with what went along."""

    id: uuid.UUID
    record_type: RecordType
    record_id: uuid.UUID
    title: str
    #: (type, number) of the records that went along and come back with it.
    along: Sequence[tuple[RecordType, int]]
    actor: str
    deleted_at: dt.datetime

    @property
    def goes_at(self) -> dt.datetime:
        """When it is removed for good."""
        return self.deleted_at + dt.timedelta(days=KEPT_DAYS)


class Bin:
    """The bin as one person may see it: records of the types she may delete, within her scope there."""

    def __init__(
        self,
        session: Session,
        types: Iterable[RecordType],
        access_to: Callable[[RecordType], RecordAccess],
        only: str = "",
    ) -> None:
        self.session = session
        known = [(item, access_to(item)) for item in types if "delete" in item.verbs]
        self.types = {item.key: item for item, access in known if access.can("delete")}
        self._access = {item.key: access for item, access in known}
        self._only = only

    def page(self, after: uuid.UUID | None, limit: int) -> list[Deletion]:
        """Deletions, newest first, older than `after`."""
        return self._read({"after": after, "limit": limit, "id": None})

    def get(self, deletion_id: uuid.UUID) -> Deletion:
        """One of them. Raises: NotFound, also for one that is not this person's to see."""
        found = self._read({"after": None, "limit": 1, "id": deletion_id})
        if not found:
            raise NotFound(_("This is not in the bin any more."))
        return found[0]

    def _read(self, asked: dict[str, Any]) -> list[Deletion]:
        scopes = {key: self._access[key].scopes["delete"] for key in self.types if self._only in ("", key)}
        member_id = next((access.member_id for access in self._access.values()), None)
        by_scope = {
            f"{scope}_types": [key for key, held in scopes.items() if held == scope]
            for scope in ("all", "own", "team")
        }
        rows = self.session.execute(_LIST, {**asked, **by_scope, "member_id": member_id})
        return [self._deletion(row) for row in rows]

    def _deletion(self, row: Any) -> Deletion:
        record_type = self.types[row.record_type]
        access = self._access[record_type.key]
        is_hidden = access.field_rules.get(record_type.title_field) == "none"
        along = [
            (self.types[part["type"]], len(part["ids"])) for part in row.along if part["type"] in self.types
        ]
        return Deletion(
            id=row.id,
            record_type=record_type,
            record_id=row.record_id,
            title=str(record_type.title) if is_hidden else row.title,
            along=along,
            actor=(row.actor or {}).get("name") or "",
            deleted_at=row.deleted_at,
        )
