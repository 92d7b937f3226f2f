"""The page of a list: its table, search, filters, order and columns, and how many records fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.db import db
from charsu.errors import DomainError
from charsu.records.access import access_of_request
from charsu.records.addresses import Pairs, address, query_pairs
from charsu.records.custom import fields_of
from charsu.records.filter_errors import unknown_field
from charsu.records.filter_form import NAMES, FilterForm, filter_form, read_form
from charsu.records.layouts import layouts_of
from charsu.records.list_view import ListView, make_list_view
from charsu.records.query import COUNT_LIMIT, RecordQuery, count, with_filters
from charsu.records.saved_views import SavedViews, ViewTabs
from charsu.records.viewing import viewed_query
from charsu.text.digits import format_number
from charsu.text.i18n import _, ngettext
from charsu.web.access import requires
from charsu.web.rendering import redirect_to_path, render

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Further ways on, where their routes are there: endpoint, title, icon, verb.
_WAYS = (
    ("begin_import", "import", "upload", "import"),
    ("export_records", "export", "download", "export"),
    ("list_duplicates", "duplicates", "copy", "merge"),
)


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the list and its count."""
    if "read" not in record_type.verbs:
        return

    @pages.get("")
    @requires(record_type.permission("read"))
    def list_records() -> Response:
        """The list, narrowed as the address says; htmx swaps its table while one types."""
        session = db.session()
        views = SavedViews(session, record_type, access_of_request(record_type))
        if not request.args and (first := views.tabs("").default) is not None:
            return redirect_to_path(address(record_type.path, [("view", first.id)]))
        query = page_query(record_type, session, views)
        form = None
        if request.args.get("add"):
            answer = _added(session, query)
            if isinstance(answer, Response):
                return answer
            form = answer
        view = make_list_view(session, query, access_of_request)
        return _rendered(view, form, views.tabs(query.view))

    @pages.get("/count")
    @requires(record_type.permission("read"))
    def count_records() -> Response:
        """How many records fit, for the line below the table."""
        session = db.session()
        return render(
            "records/_count.html", text=count_text(count(session, page_query(record_type, session)))
        )


def page_query(record_type: RecordType, session: Session, views: SavedViews | None = None) -> RecordQuery:
    """The query of this address; what belongs to the page's own forms is none of its business."""
    args = MultiDict((name, value) for name, value in request.args.items(multi=True) if name not in NAMES)
    return viewed_query(record_type, session, access_of_request(record_type), args, views)


def count_text(number: int) -> str:
    """A bounded count in words."""
    if number > COUNT_LIMIT:
        return _("More than %(count)s", count=format_number(COUNT_LIMIT))
    return ngettext("%(num)s record", "%(num)s records", number)


def _added(session: Session, query: RecordQuery) -> Response | FilterForm:
    """Where the new filter leads, or its form: empty at first, with the reason where it does not fit."""
    name = request.args["add"]
    item = next(
        (one for one in query.access.readable(fields_of(session, query.record_type)) if one.name == name),
        None,
    )
    if item is None:
        raise unknown_field(name)
    if "add_op" not in request.args:
        return filter_form(session, item, request.args)
    try:
        chosen = read_form(session, item, request.args)
    except DomainError as refusal:
        return filter_form(session, item, request.args, refusal.message)
    longer = with_filters(query, [chosen])
    return redirect_to_path(address(query.record_type.path, query_pairs(longer)))


def _rendered(view: ListView, form: FilterForm | None, views: ViewTabs) -> Response:
    record_type = view.record_type
    known = current_app.view_functions
    partial = "records/_rows.html" if view.is_continued else "records/_list.html"
    return render(
        record_type.templates.get("list", "records/list.html"),
        partial=partial,
        status=422 if form is not None and form.error else 200,
        view=view,
        record_type=record_type,
        form=form,
        views=views,
        layouts=layouts_of(record_type, "list", view.pairs),
        count=None if view.page.next_cursor or view.is_continued else count_text(len(view.page.rows)),
        ways=_ways(view, known),
    )


def _ways(view: ListView, known: Any) -> list[tuple[str, str, str]]:
    """Title, icon and address of what else can be done with such records."""
    record_type = view.record_type
    blueprint = f"{record_type.module}_{record_type.word}"
    ways = []
    for endpoint, word, icon, verb in _WAYS:
        if f"{blueprint}.{endpoint}" in known and view.access.can(verb):
            path = f"{record_type.path}/{word}"
            ways += [(title, icon, address(path, pairs)) for title, pairs in _titled(word, view)]
    return ways


def _titled(word: str, view: ListView) -> list[tuple[str, Pairs]]:
    """The titles of a way on, each with its parameters: an export takes those of the list along."""
    if word == "export":
        kinds = ((_("Export to Excel"), "xlsx"), (_("Export as CSV"), "csv"))
        return [(title, [*view.pairs_but("cursor", "limit"), ("format", kind)]) for title, kind in kinds]
    return [(_("Import") if word == "import" else _("Duplicates"), [])]
