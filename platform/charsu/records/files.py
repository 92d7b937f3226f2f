"""Files in the tenant's own schema, in parts of one megabyte: backed up, moved and erased with it."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import NotFound, RuleViolated
from charsu.text.i18n import _

PART_SIZE = 1024 * 1024
_INSERT = text("""
    INSERT INTO core_file (name, media_type, byte_count, sha256, member_id)
    VALUES (:name, :media_type, :byte_count, :sha256, :member_id) RETURNING id, created_at
""")
_PART = text("INSERT INTO core_file_part (file_id, position, content) VALUES (:id, :position, :content)")
_FIND = text("SELECT id, name, media_type, byte_count, created_at FROM core_file WHERE id = :id")
_READ = text("SELECT content FROM core_file_part WHERE file_id = :id AND position = :position")
_DROP = text("DELETE FROM core_file WHERE id = ANY(:ids)")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file without its bytes."""

    id: uuid.UUID
    name: str
    media_type: str
    byte_count: int
    created_at: datetime


def store_file(
    session: Session,
    stream: IO[bytes],
    *,
    name: str,
    media_type: str,
    limit: int,
    member_id: uuid.UUID | None,
) -> StoredFile:
    """Copy a stream that can be rewound into the schema, a part at a time.

    Raises: RuleViolated (`too_large`) for more than `limit` bytes, and for an empty file.
    """
    checksum, byte_count = hashlib.sha256(), 0
    for part in _parts(stream):
        byte_count += len(part)
        if byte_count > limit:
            raise RuleViolated(
                _("The file is larger than %(size)s MB.", size=limit // PART_SIZE),
                code="too_large",
                field="file",
            )
        checksum.update(part)
    if not byte_count:
        raise RuleViolated(_("The file is empty."), code="empty_file", field="file")
    row = session.execute(
        _INSERT,
        {
            "name": name,
            "media_type": media_type,
            "byte_count": byte_count,
            "sha256": checksum.digest(),
            "member_id": member_id,
        },
    ).one()
    for position, part in enumerate(_parts(stream)):
        session.execute(_PART, {"id": row.id, "position": position, "content": part})
    return StoredFile(row.id, name, media_type, byte_count, row.created_at)


def find_file(session: Session, file_id: uuid.UUID) -> StoredFile:
    """The file of this id. Raises NotFound."""
    row = session.execute(_FIND, {"id": file_id}).one_or_none()
    if row is None:
        raise NotFound
    return StoredFile(*row)


def read_parts(session: Session, file: StoredFile) -> Iterator[bytes]:
    """The bytes of a file, a part at a time."""
    for position in range(-(-file.byte_count // PART_SIZE)):
        yield bytes(session.execute(_READ, {"id": file.id, "position": position}).scalar_one())


def drop_files(session: Session, ids: list[uuid.UUID]) -> None:
    """Remove files with their bytes; those that are not there are passed over."""
    if ids:
        session.execute(_DROP, {"ids": ids})


def clean_name(name: str | None) -> str:
    """The last part of a file's name, without what no file system or header should carry."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(mark for mark in last if mark.isprintable() and mark not in '<>:"|?*')
    kept = kept.encode("utf-8", "ignore").decode().strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[:180]}.{ending}"
    return kept[:190] or "file"


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    stream.seek(0)
    while part := stream.read(PART_SIZE):
        yield part
