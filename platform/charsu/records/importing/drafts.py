"""Beginning an import: the file is stored and read once, its columns are guessed or remembered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from charsu.errors import RuleViolated
from charsu.records.access import RecordAccess
from charsu.records.custom import fields_of
from charsu.records.fields import Field
from charsu.records.files import clean_name, read_parts, store_file
from charsu.records.importing.batches import ImportBatch, add_batch, set_batch
from charsu.records.importing.joining import can_join
from charsu.records.importing.mapping import guess_columns, remember, remembered
from charsu.records.importing.opening import open_file
from charsu.records.importing.options import ID, MODES, REPEATED, ROWS, ColumnChoice, ImportOptions
from charsu.records.sheets import LIMITS, Table, open_table
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_SAMPLES = 3
_SAMPLE_LENGTH = 60


def draft_import(
    session: Session, record_type: RecordType, access: RecordAccess, stream: IO[bytes], name: str | None
) -> uuid.UUID:
    """Store a file that can be read as a table and begin its import; returns the batch's id.

    Raises: BadTable, RuleViolated (too large, empty), PermissionDenied.
    """
    access.require("import")
    access.require("write")
    stored = store_file(
        session,
        stream,
        name=clean_name(name),
        media_type="application/octet-stream",
        limit=LIMITS.byte_count,
        member_id=access.member_id,
    )
    table = open_table(b"".join(read_parts(session, stored)))
    options = ImportOptions(
        file_id=stored.id,
        file_name=stored.name,
        kind=table.kind,
        header=table.header,
        sheet=table.sheet,
        sheet_names=table.sheet_names,
    )
    options, total = _counted(options, table)
    options = with_guess(session, record_type, access, options)
    return add_batch(session, record_type.key, options, total_count=total, member_id=access.member_id)


def choose_sheet(
    session: Session, record_type: RecordType, access: RecordAccess, batch: ImportBatch, sheet: str
) -> None:
    """Read another sheet of the workbook. Raises: BadTable."""
    table = open_file(session, replace(batch.options, sheet=sheet))
    options, total = _counted(
        replace(batch.options, sheet=table.sheet, header=table.header, columns=(), match=(), preview={}),
        table,
    )
    options = with_guess(session, record_type, access, options)
    set_batch(session, batch.id, options=options, total_count=total)


def _counted(options: ImportOptions, table: Table) -> tuple[ImportOptions, int]:
    """The options with the first rows, and the number of all. Raises BadTable where a row can't be read."""
    samples: list[tuple[str, ...]] = []
    total = 0
    for row in table.rows():
        total += 1
        if len(samples) < _SAMPLES:
            samples.append(tuple(str(cell)[:_SAMPLE_LENGTH] for cell in row.cells))
    if not total:
        raise RuleViolated(_("There is no row below the titles of the columns."), field="file")
    return replace(options, samples=tuple(samples)), total


def fields_for(session: Session, record_type: RecordType, access: RecordAccess) -> tuple[Field, ...]:
    """The fields a file can fill: those the person may write."""
    return access.writable(fields_of(session, record_type))


def with_guess(
    session: Session, record_type: RecordType, access: RecordAccess, options: ImportOptions
) -> ImportOptions:
    """The options with the mapping of the last such file, else with a guessed one."""
    fields = fields_for(session, record_type, access)
    kept = remembered(session, record_type, fields, options.header)
    if kept is not None:
        return replace(options, **kept)
    columns = guess_columns(record_type, fields, options.header)
    present = {item.field for item in columns}
    match = tuple(name for name in record_type.match_fields if name in present)[:1]
    return replace(options, columns=columns, match=match)


def choose(
    session: Session,
    record_type: RecordType,
    access: RecordAccess,
    options: ImportOptions,
    wanted: Mapping[str, Any],
) -> ImportOptions:
    """The options with what the person chose, checked and remembered.

    `wanted`: `columns` (list of {at, field, mode}), `match`, `rows`, `repeated`, `defaults`; what is left out
    stays. Raises: RuleViolated.
    """
    fields = {item.name: item for item in fields_for(session, record_type, access)}
    columns = options.columns
    if "columns" in wanted:
        columns = _columns(wanted["columns"], options, fields)
    if not any(item.field != ID for item in columns):
        raise RuleViolated(_("Say for at least one column what it means."), field="columns")
    match = tuple(wanted.get("match", options.match))
    present = {item.field for item in columns}
    for name in match:
        if name not in record_type.match_fields or name not in present:
            raise RuleViolated(_("Records can be found only by a column of the file."), field="match")
    rows, repeated = wanted.get("rows", options.rows), wanted.get("repeated", options.repeated)
    if rows not in ROWS or repeated not in REPEATED:
        raise RuleViolated(_("Choose one of the values offered."), field="rows")
    defaults = {name: str(text) for name, text in wanted.get("defaults", options.defaults).items() if text}
    if unknown := sorted(defaults.keys() - fields.keys()):
        raise RuleViolated(_("There is no field “%(name)s”.", name=unknown[0][:80]), field="defaults")
    chosen = replace(
        options, columns=columns, match=match, rows=rows, repeated=repeated, defaults=defaults
    ).without_outcome()
    remember(session, record_type, fields.values(), chosen)
    return chosen


def _columns(
    wanted: Sequence[Mapping[str, Any]], options: ImportOptions, fields: Mapping[str, Field]
) -> tuple[ColumnChoice, ...]:
    columns: list[ColumnChoice] = []
    for item in wanted:
        at, name, mode = item["at"], item["field"], item.get("mode", "update")
        if not 0 <= at < len(options.header) or mode not in MODES:
            raise RuleViolated(_("The file has no such column."), field="columns")
        if name != ID and name not in fields:
            raise RuleViolated(_("There is no field “%(name)s”.", name=name[:80]), field="columns")
        is_alone = name == ID or not can_join(fields[name])
        is_taken = is_alone and any(other.field == name for other in columns)
        if is_taken or any(other.at == at for other in columns):
            title = name if name == ID else str(fields[name].title)
            raise RuleViolated(_("Two columns fill “%(title)s”. Choose one.", title=title), field="columns")
        columns.append(ColumnChoice(at=at, field=name, mode=mode))
    return tuple(columns)
