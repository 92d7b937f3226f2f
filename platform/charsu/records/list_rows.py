"""The rows of a list's table: how they are written is prepared once per reader, columns and fields."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from charsu.records.cells import CellContext, table_columns
from charsu.records.custom import Fields
from charsu.records.fields import Field, LinkField
from charsu.records.links import linked_type
from charsu.text.i18n import _
from charsu.text.preferences import current_preferences
from charsu.ui.kept import Kept
from charsu.ui.rows import RowWriter, TableColumn, escaped

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Writers of this process. `Fields` in their keys are the same object as long as no definition changes.
_kept: Kept[Hashable, RowWriter] = Kept(512)


def rows_writer(
    record_type: RecordType,
    fields: Fields,
    columns: Sequence[Field],
    titles: Mapping[Any, str],
    *,
    can_select: bool,
) -> RowWriter:
    """What writes the rows of `list_page` with these columns, a box to tick before each if `can_select`.

    `fields` are all of the type, `titles` what linked records of the page are called: columns that show those
    are prepared anew for each page.
    """
    reader = current_preferences()
    if any(isinstance(item, LinkField) for item in columns):
        context = CellContext(reader, record_type.path, titles, _link_paths(columns))
        return _made(record_type, columns, context, can_select=can_select)
    key = record_type, fields, tuple([item.name for item in columns]), reader, can_select
    found = _kept.get(key)
    if found is None:
        context = CellContext(reader, record_type.path)
        found = _kept.put(key, _made(record_type, columns, context, can_select=can_select))
    return found


def write_rows(writer: RowWriter, rows: Sequence[Sequence[Any]]) -> Markup:
    """The rows as HTML; three cells write the id, which is made text once."""
    return writer.write([(str(row[0]), *row[1:]) for row in rows])


def _made(
    record_type: RecordType, columns: Sequence[Field], context: CellContext, *, can_select: bool
) -> RowWriter:
    shown = table_columns(record_type, columns, context)
    if can_select:
        shown.insert(0, TableColumn(_select_cell(), itemgetter(0, 1), css="c-tick"))
    return RowWriter(shown, row_attributes=lambda row: f' data-row="{row[0]}"')


def _link_paths(columns: Sequence[Field]) -> dict[str, str]:
    targets = {item.to: linked_type(item.to) for item in columns if isinstance(item, LinkField)}
    return {key: target.path for key, target in targets.items() if target is not None}


def _select_cell() -> Callable[[Any], str]:
    label = escaped(_("Select: %(title)s", title="\x00"))
    before, _mark, after = label.partition("\x00")
    start = '<input class="form-check-input" type="checkbox" name="ids" autocomplete="off" value="'

    def write(pair: tuple[Any, Any]) -> str:
        return f'{start}{pair[0]}" aria-label="{before}{escaped(pair[1])}{after}">'

    return write
