"""The pages and the API of one record type: each feature adds its routes to the same two blueprints."""

from collections.abc import Callable, Iterable

from flask import Blueprint

from charsu.api import ApiBlueprint
from charsu.records.pages import (
    attachments_page,
    board_page,
    bulk_page,
    calendar_move,
    calendar_page,
    days_page,
    duplicates_page,
    export_page,
    form_page,
    history_page,
    import_page,
    list_page,
    merge_page,
    record_page,
    view_pages,
)
from charsu.records.record_type import RecordType
from charsu.records.rest import (
    attachments,
    bulk,
    changes,
    exports,
    imports,
    merging,
    occurrences,
    record,
    views,
)
from charsu.records.rest import list as rest_list

#: What adds page routes, one function per feature: `add(pages, record_type)`.
PAGES: Iterable[Callable[[Blueprint, RecordType], None]] = (
    list_page.add,
    view_pages.add,
    bulk_page.add,
    board_page.add,
    calendar_page.add,
    calendar_move.add,
    days_page.add,
    duplicates_page.add,
    merge_page.add,
    form_page.add,
    import_page.add,
    record_page.add,
    history_page.add,
    export_page.add,
    attachments_page.add,
)
#: What adds API routes: `add(rest, record_type)`.
API: Iterable[Callable[[ApiBlueprint, RecordType], None]] = (
    rest_list.add,
    views.add,
    bulk.add,
    record.add,
    merging.add,
    imports.add,
    changes.add,
    occurrences.add,
    exports.add,
    attachments.add,
)


def record_pages(record_type: RecordType) -> Blueprint:
    """The pages below `/<module>/<plural>`; the blueprint is named `<module>_<plural>`."""
    pages = Blueprint(f"{record_type.module}_{record_type.word}", "charsu.records")
    for add in PAGES:
        add(pages, record_type)
    return pages


def record_api(record_type: RecordType) -> ApiBlueprint:
    """The API below `/api/v1/<module>/<plural>`."""
    rest = ApiBlueprint(
        f"{record_type.module}_{record_type.word}_api", "charsu.records", description=str(record_type.summary)
    )
    for add in API:
        add(rest, record_type)
    return rest
