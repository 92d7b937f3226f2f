"""Exports of many rows: made by a job, kept some days, fetched by who asked for them and nobody else."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, cast

from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu import clock
from charsu.errors import Conflict, DomainError, NotFound, PermissionDenied
from charsu.jobs.queueing import enqueue
from charsu.people.notifications import notify
from charsu.plugins.context import HookContext
from charsu.process import runtime
from charsu.records.access import RecordAccess
from charsu.records.batches import Batch, advance, create_batch, get_batch
from charsu.records.bounds import bounds_as_json, bounds_from_json, reaches, still_allowed
from charsu.records.exporting import AT_ONCE, FORMATS, Export, read_export
from charsu.records.files import StoredFile, drop_files, find_file, store_file
from charsu.records.registry import usable_type
from charsu.records.sheets.writing import XLSX_ROW_COUNT
from charsu.text.i18n import _
from charsu.text.preferences import Preferences, current_preferences, use_preferences
from charsu_tenants.sessions import tenant_session

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

logger = logging.getLogger(__name__)
WRITE = "core.write_export"
KEPT = timedelta(days=7)
MAX_BYTES = 256 * 1024 * 1024
_TOLD_EVERY = 5_000
_PROGRESS = text("UPDATE core_batch SET state = 'running', done_count = :done WHERE id = :id")
_OLD = text("""
    UPDATE core_batch SET options = options - 'file_id' || '{"is_cleared": true}'
     WHERE kind = 'export' AND created_at < :before AND options ? 'file_id'
    RETURNING CAST(old.options ->> 'file_id' AS uuid)
""")


def is_large(session: Session, export: Export) -> bool:
    """Whether nobody should wait for it."""
    return export.count(session, AT_ONCE) > AT_ONCE


def start_export(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    args: MultiDict[str, str],
    *,
    is_whole: bool,
) -> uuid.UUID:
    """Have a file made in the name of this person; returns the id of its batch. Raises as `read_export`."""
    export = read_export(session, record_type, access, args, is_whole=is_whole)
    options = {
        "args": [list(pair) for pair in args.items(multi=True)],
        "is_whole": is_whole,
        "kind": export.kind,
        "reader": asdict(current_preferences()),
        "bounds": bounds_as_json(record_type, access),
    }
    batch_id = create_batch(
        session,
        "export",
        record_type.key,
        options=options,
        total_count=export.count(session, XLSX_ROW_COUNT),
        member_id=access.member_id,
    )
    enqueue(WRITE, batch_id=str(batch_id))
    return batch_id


def write_export(ctx: HookContext, batch_id: str) -> None:
    """The job: make the file and tell who asked. One that dies on the way begins anew."""
    session = ctx.session
    batch = get_batch(session, uuid.UUID(batch_id))
    if batch.state not in ("waiting", "running"):
        return
    record_type = usable_type(batch.record_type, ctx.tenant)
    with use_preferences(Preferences(**batch.options["reader"])):
        try:
            found, total = _written(ctx, record_type, batch)
        except DomainError as refusal:
            logger.warning("export %s failed: %s", batch.id, refusal.code)
            advance(session, batch.id, state="failed", error=refusal.message)
            title = _("The export could not be made: %(nouns)s", nouns=record_type.plural_title)
        else:
            advance(session, batch.id, state="done", total=total, options=found)
            title = _("The export is ready: %(nouns)s", nouns=record_type.plural_title)
        if batch.member_id is not None:
            path, key = record_type.url("export", str(batch.id)), f"export:{batch.id}"
            notify(
                session, member_id=batch.member_id, title=title, path=path, icon="download", source_key=key
            )


def get_export(session: Session, record_type: RecordType, access: RecordAccess, batch_id: uuid.UUID) -> Batch:
    """The export, for who asked for it alone. Raises: NotFound."""
    batch = get_batch(session, batch_id)
    if (batch.kind, batch.record_type, batch.member_id) != ("export", record_type.key, access.member_id):
        raise NotFound(_("There is no such export."))
    return batch


def export_file(session: Session, record_type: RecordType, access: RecordAccess, batch: Batch) -> StoredFile:
    """The file of an export that is ready.

    Raises: PermissionDenied where it holds more than its reader may see by now; Conflict before it is ready;
    NotFound when it was cleared away.
    """
    if batch.options.get("is_cleared"):
        raise NotFound(_("The file was cleared away. Make the export anew."))
    if batch.state != "done":
        raise Conflict(_("The file is not ready yet."), code="not_ready")
    access.require("export")
    if not reaches(access, bounds_from_json(batch.options["file_bounds"]), record_type):
        raise PermissionDenied(
            _("You may see less now than this file holds. Make the export anew."), code="bounds_changed"
        )
    return find_file(session, uuid.UUID(batch.options["file_id"]))


def clear_exports(session: Session) -> None:
    """Remove the files of exports that were made more than `KEPT` ago."""
    gone = session.execute(_OLD, {"before": clock.now() - KEPT}).scalars()
    drop_files(session, list(gone))


def _written(ctx: HookContext, record_type: RecordType, batch: Batch) -> tuple[dict[str, Any], int]:
    """Make the file; returns what the batch is to remember of it, and how many rows it has."""
    then = bounds_from_json(batch.options["bounds"])
    access = still_allowed(then, ctx.tenant, record_type, "export")
    args: MultiDict[str, str] = MultiDict([(name, value) for name, value in batch.options["args"]])
    export = read_export(ctx.session, record_type, access, args, is_whole=batch.options["is_whole"])
    with ExitStack() as stack:
        file = cast("IO[bytes]", stack.enter_context(TemporaryFile()))
        total = export.write(ctx.session, file, _progress(batch))
        stored = store_file(
            ctx.session,
            file,
            name=export.name,
            media_type=FORMATS[export.kind],
            limit=MAX_BYTES,
            member_id=batch.member_id,
        )
    return {"file_id": str(stored.id), "file_bounds": bounds_as_json(record_type, access)}, total


def _progress(batch: Batch) -> Callable[[int], None]:
    """Tells on a connection of its own, for others to see, now and then how many rows are written."""

    def tell(done: int) -> None:
        if done % _TOLD_EVERY == 0:
            with tenant_session(runtime().database) as beside:
                beside.execute(_PROGRESS, {"id": batch.id, "done": done})

    return tell
