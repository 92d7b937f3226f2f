"""The board: records as cards in columns, moved by drag, by keys, or by a form."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.api.blueprint import answer
from charsu.db import db
from charsu.errors import DomainError
from charsu.records.access import access_of_request
from charsu.records.addresses import query_pairs
from charsu.records.board import BoardReader
from charsu.records.board_view import column_totals, make_board_view, more_cards
from charsu.records.changes import changing
from charsu.records.layouts import layouts_of
from charsu.records.merging.comparing import title_for
from charsu.records.quick_links import found_links
from charsu.records.reading import get_record
from charsu.records.saved_views import SavedViews
from charsu.records.service import service_of
from charsu.records.viewing import viewed_query
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu.web.flashes import flash
from charsu.web.rendering import redirect_to_path, render, safe_path

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

#: Parameters of the board that are none of a list.
_OWN = ("group", "column", "cursor", "next", "value")


def add(pages: Blueprint, record_type: RecordType) -> None:
    """Add the board, where the type has one."""
    if record_type.board is None or "read" not in record_type.verbs:
        return
    _add_reading(pages, record_type)
    if "write" in record_type.verbs:
        _add_moving(pages, record_type)


def _add_reading(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/board")
    @requires(record_type.permission("read"))
    def show_board() -> Response:
        """All columns with their first cards, narrowed as a list is."""
        session = db.session()
        if (found := found_links(session, record_type, record_type.url("board"))) is not None:
            return found
        reader = _reader(record_type, session)
        view = make_board_view(reader)
        views = SavedViews(session, record_type, reader.query.access)
        return render(
            "records/board.html",
            partial="records/_board.html",
            record_type=record_type,
            view=view,
            views=views.tabs(reader.query.view),
            layouts=layouts_of(record_type, "board", query_pairs(view.query)),
        )

    @pages.get("/board/cards")
    @requires(record_type.permission("read"))
    def show_more_cards() -> Response:
        """The cards of one column after those shown."""
        reader = _reader(record_type, db.session())
        column = more_cards(reader, request.args.get("column", ""), request.args.get("cursor", ""))
        return render("records/_cards.html", record_type=record_type, column=column)


def _add_moving(pages: Blueprint, record_type: RecordType) -> None:
    @pages.get("/board/<uuid:record_id>/move")
    @requires(record_type.permission("write"))
    def choose_move(record_id: uuid.UUID) -> Response:
        """To which column? For those who do not drag."""
        session, access = db.session(), access_of_request(record_type)
        record = get_record(session, record_type, access, record_id, "write")
        reader = _reader_of(record_type, session, record)
        return render(
            "records/board_move.html",
            record_type=record_type,
            record_id=record_id,
            title=title_for(record_type, access, record),
            columns=reader.columns,
            current=str(reader.by.read(record)),
            back=safe_path(request.args.get("next")) or record_type.url("board"),
        )

    @pages.post("/board/<uuid:record_id>/move")
    @requires(record_type.permission("write"))
    def move_card(record_id: uuid.UUID) -> Response:
        """Move a card: an update of its field by the service, with its rules."""
        session, access = db.session(), access_of_request(record_type)
        is_script = request.headers.get("Accept", "").startswith("application/json")
        try:
            with session.begin_nested():
                reader = _move(record_type, session, record_id)
        except DomainError as refusal:
            if is_script:
                return answer({"message": refusal.message}, refusal.status)
            if refusal.status == 404:
                raise
            flash(refusal.message, "danger")
            return redirect_to_path(request.form.get("next"), record_type.url("board"))
        if is_script:
            query = viewed_query(record_type, session, access, _list_args(request.form))
            totals = BoardReader(session, query, reader.group)
            return answer({"columns": column_totals(totals)})
        flash(_("Moved."))
        return redirect_to_path(request.form.get("next"), record_type.url("board"))


def _move(record_type: RecordType, session: Session, record_id: uuid.UUID) -> BoardReader:
    access = access_of_request(record_type)
    record = get_record(session, record_type, access, record_id, "write")
    reader = _reader_of(record_type, session, record)
    column = reader.column(request.form.get("value", ""))
    with changing("page"):
        service_of(record_type, session, access).update(
            record_id, {reader.board.field: reader.stored(column.value)}
        )
    session.flush()
    return reader


def _reader(record_type: RecordType, session: Session) -> BoardReader:
    access = access_of_request(record_type)
    query = viewed_query(record_type, session, access, _list_args(request.args))
    return BoardReader(session, query, request.args.get("group"))


def _reader_of(record_type: RecordType, session: Session, record: Any) -> BoardReader:
    """The board a record stands on: that of its group."""
    access = access_of_request(record_type)
    query = viewed_query(record_type, session, access, MultiDict())
    board = record_type.board
    group = getattr(record, board.group_field) if board is not None and board.group_field else None
    return BoardReader(session, query, None if group is None else str(group))


def _list_args(given: MultiDict[str, str]) -> MultiDict[str, str]:
    return MultiDict((name, value) for name, value in given.items(multi=True) if name not in _OWN)
