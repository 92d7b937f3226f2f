"""Files on records: who may read the record may fetch them, who may change it may add and remove them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import NotFound, RuleViolated
from charsu.records.access import RecordAccess
from charsu.records.changes import Change, note_changes
from charsu.records.files import StoredFile, clean_name, store_file
from charsu.records.links import titles
from charsu.records.media import is_program, sniff
from charsu.records.reading import get_record
from charsu.text.i18n import _
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

MAX_BYTES = 10 * 1024 * 1024
MAX_COUNT = 100
#: Under this name the audit tells of added and removed files.
AUDIT_NAME = "attachments"
_LIST = HotStatement("""
    SELECT a.id, f.id AS file_id, f.name, f.media_type, f.byte_count, a.created_at, m.display_name
      FROM core_attachment a JOIN core_file f ON f.id = a.file_id
      LEFT JOIN core_member m ON m.id = f.member_id
     WHERE a.record_type = %(record_type)s AND a.record_id = %(record_id)s AND a.deleted_at IS NULL
       AND (CAST(%(id)s AS uuid) IS NULL OR a.id = %(id)s)
     ORDER BY a.id DESC
""")
_ADD = text("""
    INSERT INTO core_attachment (record_type, record_id, file_id)
    VALUES (:record_type, :record_id, :file_id) RETURNING id
""")
_REMOVE = text("UPDATE core_attachment SET deleted_at = :now WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a record."""

    id: uuid.UUID
    file_id: uuid.UUID
    name: str
    media_type: str
    byte_count: int
    created_at: datetime
    member_name: str | None

    @property
    def file(self) -> StoredFile:
        """The file, for reading its bytes."""
        return StoredFile(self.file_id, self.name, self.media_type, self.byte_count, self.created_at)


def list_attachments(
    session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID
) -> list[Attachment]:
    """The files of a record, newest first. Raises: NotFound for a record one may not read."""
    get_record(session, record_type, access, record_id)
    return _find(session, record_type, record_id)


def get_attachment(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    record_id: uuid.UUID,
    attachment_id: uuid.UUID,
) -> Attachment:
    """One file of a record. Raises: NotFound."""
    get_record(session, record_type, access, record_id)
    found = _find(session, record_type, record_id, attachment_id)
    if not found:
        raise NotFound(_("There is no such file."))
    return found[0]


def attach(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    record_id: uuid.UUID,
    stream: IO[bytes] | None,
    *,
    name: str | None,
) -> Attachment:
    """Keep a file on a record; without a stream or a name nothing was chosen.

    Raises: NotFound, PermissionDenied, RuleViolated (too large, empty, a program).
    """
    access.require("write")
    get_record(session, record_type, access, record_id, "write")
    if record_id not in titles(session, record_type.key, [record_id], is_held=True):
        raise NotFound(_("There is no such record."))
    if stream is None or not name:
        raise RuleViolated(_("Choose a file."), field="file")
    if len(_find(session, record_type, record_id)) >= MAX_COUNT:
        raise RuleViolated(
            _("A record can hold %(count)s files.", count=MAX_COUNT), code="too_many", field="file"
        )
    if is_program(stream):
        raise RuleViolated(_("Programs can not be attached."), code="program", field="file")
    stored = store_file(
        session,
        stream,
        name=clean_name(name),
        media_type=sniff(stream),
        limit=MAX_BYTES,
        member_id=access.member_id,
    )
    values = {"record_type": record_type.key, "record_id": record_id}
    attachment_id = session.execute(_ADD, {**values, "file_id": stored.id}).scalar_one()
    note_changes(session, record_type.key, "update", [Change(record_id, {}, {AUDIT_NAME: stored.name})])
    return _find(session, record_type, record_id, attachment_id)[0]


def remove_attachment(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    record_id: uuid.UUID,
    attachment_id: uuid.UUID,
) -> None:
    """Take a file off a record; its bytes go some weeks later. Raises: NotFound, PermissionDenied."""
    access.require("write")
    get_record(session, record_type, access, record_id, "write")
    found = get_attachment(session, record_type, access, record_id, attachment_id)
    session.execute(_REMOVE, {"id": attachment_id, "now": clock.now()})
    note_changes(session, record_type.key, "update", [Change(record_id, {AUDIT_NAME: found.name}, {})])


def attachments_panel(
    session: Session, record_type: RecordType, access: RecordAccess, record_id: uuid.UUID
) -> tuple[str, dict[str, Any]]:
    """The template and the context of the panel on the page of a record that was read already."""
    return "records/_attachments.html", {
        "record_type": record_type,
        "record_id": record_id,
        "attachments": _find(session, record_type, record_id),
        "can_attach": access.can("write") and "write" in record_type.verbs,
        "attachment_limit": MAX_BYTES,
    }


def _find(
    session: Session, record_type: RecordType, record_id: uuid.UUID, attachment_id: uuid.UUID | None = None
) -> list[Attachment]:
    asked = {"record_type": record_type.key, "record_id": record_id, "id": attachment_id}
    with driver_of(session) as connection:
        return [Attachment(*row) for row in _LIST.tuples(connection, asked)]
