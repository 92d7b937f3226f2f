"""The file of refused rows: as they were, with a column that says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response
from sqlalchemy.orm import Session

from charsu.records.importing.batches import ImportBatch, refused_rows
from charsu.records.sending import send_written
from charsu.records.sheets import write_csv
from charsu.text.i18n import _

_CHUNK = 1_000


def refused_file(session: Session, batch: ImportBatch) -> Response:
    """Send the refused rows as CSV."""
    header = [*batch.options.header, _("Reason")]
    stem = batch.options.file_name.rpartition(".")[0] or batch.options.file_name
    return send_written(
        lambda file: write_csv(file, header, _rows(session, batch)),
        f"{stem}-refused.csv",
        "text/csv; charset=utf-8",
    )


def reason_text(reasons: list[dict[str, str]]) -> str:
    """The reasons of a row in one line."""
    return "؛ ".join(
        f"{item['field']}: {item['message']}" if item["field"] else item["message"] for item in reasons
    )


def _rows(session: Session, batch: ImportBatch) -> Iterator[list[str]]:
    after = -1
    while rows := refused_rows(session, batch.id, after=after, limit=_CHUNK):
        for row in rows:
            yield [*row.data, reason_text(row.reasons)]
        after = rows[-1].position
