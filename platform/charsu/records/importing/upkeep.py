"""Clears away what imports, exports and attachments leave behind: old files, forgotten drafts."""

from datetime import timedelta

from sqlalchemy import text

from charsu import clock
from charsu.plugins.context import HookContext
from charsu.records.export_batches import clear_exports
from charsu.records.files import drop_files

#: A draft nobody starts, the file of a finished import, a file that was taken off its record.
DRAFT_KEPT = timedelta(days=7)
FILE_KEPT = timedelta(days=30)
_DRAFTS = text("""
    DELETE FROM core_batch WHERE kind = 'import' AND state = 'draft' AND created_at < :before
    RETURNING (options ->> 'file_id')::uuid
""")
_BULK_DRAFTS = text("""
    DELETE FROM core_batch WHERE kind = 'bulk' AND state = 'draft' AND created_at < :before
""")
_FINISHED = text("""
    SELECT f.id FROM core_batch b JOIN core_file f ON f.id = (b.options ->> 'file_id')::uuid
     WHERE b.kind = 'import' AND b.state IN ('done', 'undone') AND b.finished_at < :before
""")
_REMOVED = text("DELETE FROM core_attachment WHERE deleted_at < :before RETURNING file_id")


def clear_files(ctx: HookContext) -> None:
    """The daily job of each business."""
    session, now = ctx.session, clock.now()
    gone = list(session.execute(_DRAFTS, {"before": now - DRAFT_KEPT}).scalars())
    session.execute(_BULK_DRAFTS, {"before": now - DRAFT_KEPT})
    gone += session.execute(_FINISHED, {"before": now - FILE_KEPT}).scalars()
    gone += session.execute(_REMOVED, {"before": now - FILE_KEPT}).scalars()
    drop_files(session, gone)
    clear_exports(session)
