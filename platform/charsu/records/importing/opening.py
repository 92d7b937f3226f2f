"""Opens the file of an import, and keeps it open between two chunks of one worker."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterator
from itertools import chain, islice

from sqlalchemy.orm import Session

from charsu.records.files import find_file, read_parts
from charsu.records.importing.options import ImportOptions
from charsu.records.sheets import Row, Table, open_table

_KEPT = 4
#: Rows still to come, by batch and number of rows done; a worker that dies takes nothing with it but time.
_open: OrderedDict[tuple[uuid.UUID, int], Iterator[Row]] = OrderedDict()


def open_file(session: Session, options: ImportOptions) -> Table:
    """The table of an import's file."""
    content = b"".join(read_parts(session, find_file(session, options.file_id)))
    return open_table(content, sheet=options.sheet)


def take_rows(
    session: Session, batch_id: uuid.UUID, options: ImportOptions, *, done: int, count: int
) -> list[Row]:
    """The next rows after the first `done`; give back with `keep_rows` what follows them."""
    rows = _open.pop((batch_id, done), None)
    if rows is None:
        rows = islice(open_file(session, options).rows(), done, None)
    taken = list(islice(rows, count))
    _keep(batch_id, done + len(taken), rows)
    return taken


def put_back(batch_id: uuid.UUID, done: int, taken: int, rows: list[Row]) -> None:
    """Let the next chunk begin with rows that were taken but not used."""
    rest = _open.pop((batch_id, done + taken), iter(()))
    _keep(batch_id, done + taken - len(rows), chain(rows, rest))


def _keep(batch_id: uuid.UUID, done: int, rows: Iterator[Row]) -> None:
    _open[batch_id, done] = rows
    while len(_open) > _KEPT:
        _open.popitem(last=False)
