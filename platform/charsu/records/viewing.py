"""The query of an address that may name a saved view, whose filters, order and columns count then."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.errors import NotFound
from charsu.records.query import RESERVED, RecordQuery, parse_query
from charsu.records.saved_views import SavedView, SavedViews
from charsu.text.i18n import _

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

#: Instead of an id: every record, whatever view the list begins with.
ALL = "all"


def viewed_query(
    record_type: RecordType,
    session: Session,
    access: RecordAccess,
    args: MultiDict[str, str],
    views: SavedViews | None = None,
) -> RecordQuery:
    """As `parse_query`; a `view` gives what the address leaves out.

    Filters in the address stand in place of those of the view. Raises `NotFound` for a view that is not
    there or another's, and `BadQuery` for one that asks for what its reader may not see.
    """
    wanted = args.getlist("view")
    if not wanted or wanted[0] in ("", ALL):
        return parse_query(record_type, session, access, args)
    known = views or SavedViews(session, record_type, access)
    view = known.get(_id(wanted[0]))
    return parse_query(record_type, session, access, with_view(view, args))


def with_view(view: SavedView, args: MultiDict[str, str]) -> MultiDict[str, str]:
    """The parameters of an address together with those of a view."""
    merged = MultiDict(args)
    merged["view"] = str(view.id)
    names_filters = "where" in args or any(name not in RESERVED for name in args)
    for name, value in view.query.items():
        if name == "where":
            if not names_filters:
                merged.setlist("where", list(value))
        elif name not in merged and not (name == "search" and "q" in merged):
            merged[name] = value
    return merged


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(_("There is no such view.")) from None
