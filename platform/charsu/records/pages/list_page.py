"""The page of a list: its table, search, filters, order and columns, and how many records fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.db import db
from charsu.errors import DomainError
from charsu.records.access import access_of_request
from charsu.records.addresses import address, query_pairs
from charsu.records.custom import fields_of
from charsu.records.filter_errors import unknown_field
from charsu.records.filter_form import NAMES, FilterForm, filter_form, read_form
from charsu.records.list_view import make_list_view
from charsu.records.listing import count
from charsu.records.pages.list_response import count_text, list_response, surroundings_of_list
from charsu.records.query import RecordQuery, with_filters
from charsu.records.quick_links import found_links, is_typed
from charsu.records.saved_views import SavedViews
from charsu.records.viewing import viewed_query
from charsu.web.access import requires
from charsu.web.rendering import redirect_to_path, render

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the list and its count."""
    if "read" not in record_type.verbs:
        return

    @pages.get("")
    @requires(record_type.permission("read"))
    def list_records() -> Response:
        """The list, narrowed as the address says; htmx swaps its table while one types."""
        session = db.session()
        views = surroundings_of_list(session, record_type, access_of_request(record_type))
        if not request.args and (first := views.tabs("").default) is not None:
            return redirect_to_path(address(record_type.path, [("view", first.id)]))
        if (answer := found_links(session, record_type, record_type.path)) is not None:
            return answer
        query = page_query(record_type, session, views)
        form = None
        if request.args.get("add"):
            added = _added(session, query)
            if isinstance(added, Response):
                return added
            form = added
        view = make_list_view(session, query, access_of_request)
        return list_response(session, view, form, views)

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
    args = MultiDict(
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in NAMES and not is_typed(name)
    )
    return viewed_query(record_type, session, access_of_request(record_type), args, views)


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
