"""How the page of a list is written: what stands around its rows is drawn once, then filled with them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, render_template
from markupsafe import Markup

from charsu.people.notifications import UNREAD_MAX, UNREAD_SQL, know_unread
from charsu.plugins.left_out import left_out
from charsu.records.addresses import Pairs, address
from charsu.records.custom import LIVE_SQL, fields_of, know_fields
from charsu.records.layouts import layouts_of
from charsu.records.list_view import ListView
from charsu.records.saved_views import LIST_SQL, SavedViews
from charsu.records.statements import COUNT_LIMIT
from charsu.text.digits import format_number
from charsu.text.i18n import _, ngettext
from charsu.ui.drawn import Drawn, hole
from charsu.ui.html import render_piece
from charsu.ui.kept import Kept
from charsu.ui.shell import page_key
from charsu.web.flashes import has_flashes
from charsu.web.rendering import is_partial, page_response, render
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from charsu.records.access import RecordAccess
    from charsu.records.filter_form import FilterForm
    from charsu.records.record_type import RecordType

#: Further ways on, where their routes are there: endpoint, title, icon, verb.
_WAYS = (
    ("begin_import", "import", "upload", "import"),
    ("export_records", "export", "download", "export"),
    ("list_duplicates", "duplicates", "copy", "merge"),
)
_OF_PAGE = HotStatement(f"SELECT ({LIVE_SQL}), ({LIST_SQL}), ({UNREAD_SQL})")
_OF_FRAGMENT = HotStatement(f"SELECT ({LIVE_SQL}), ({LIST_SQL})")
#: Pages of this process without their rows: Jinja takes several times as long for one as all the rest.
_kept: Kept[Hashable, Drawn] = Kept(256)


def surroundings_of_list(session: Session, record_type: RecordType, access: RecordAccess) -> SavedViews:
    """The saved views above a list; custom fields and the bell of its page are read along with them."""
    views = SavedViews(session, record_type, access)
    statement = _OF_FRAGMENT if is_partial() else _OF_PAGE
    with driver_of(session) as connection:
        ((fields, written, *unread),) = statement.tuples(connection, {**views.asked, "most": UNREAD_MAX})
    know_fields(session, fields)
    views.know(written)
    if unread and access.member_id is not None:
        know_unread(session, access.member_id, *unread)
    return views


def list_response(session: Session, view: ListView, form: FilterForm | None, views: SavedViews) -> Response:
    """The page, or what htmx swaps of it; `form` is the open form of a new filter."""
    record_type = view.record_type
    is_plain = (
        form is None and not view.is_continued and not is_partial() and not has_flashes() and not left_out()
    )
    if is_plain and "list" not in record_type.templates:
        return page_response(_filled(session, view, views))
    status = 422 if form is not None and form.error else 200
    partial = "records/_rows.html" if view.is_continued else "records/_list.html"
    context = {**_context(view, views), "form": form, "rows": view.rows, "actions": _actions(view, views)}
    template = record_type.templates.get("list", "records/list.html")
    return render(template, partial=partial, status=status, **context)


def _filled(session: Session, view: ListView, views: SavedViews) -> bytes:
    """The kept page with these rows.

    Its key holds all that the page shows but the rows: whole values as this request read them, see `Kept`.
    """
    page = view.page
    fields = fields_of(session, view.record_type)
    shape = len(page.rows), page.next_cursor is None, view.chips
    key = page_key(), view.record_type, fields, views.written, shape
    drawn = _kept.get(key)
    if drawn is None:
        context = {**_context(view, views), "form": None, "rows": hole("rows"), "actions": hole("actions")}
        drawn = _kept.put(key, Drawn(render_template("records/list.html", **context)))
    return drawn.filled(rows=view.rows, actions=_actions(view, views))


def _actions(view: ListView, views: SavedViews) -> Markup:
    """What the module has beside the list's own buttons."""
    if "list_actions" not in view.record_type.templates:
        return Markup("")
    return render_piece("records/_list_actions.html", **_context(view, views))


def _context(view: ListView, views: SavedViews) -> dict[str, Any]:
    record_type = view.record_type
    return {
        "view": view,
        "record_type": record_type,
        "views": views.tabs(view.query.view),
        "layouts": layouts_of(record_type, "list", view.pairs),
        "count": None if view.page.next_cursor or view.is_continued else count_text(len(view.page.rows)),
        "ways": _ways(view),
    }


def count_text(number: int) -> str:
    """A bounded count in words."""
    if number > COUNT_LIMIT:
        return _("More than %(count)s", count=format_number(COUNT_LIMIT))
    return ngettext("%(num)s record", "%(num)s records", number)


def _ways(view: ListView) -> list[tuple[str, str, str]]:
    """Title, icon and address of what else can be done with such records."""
    record_type, known = view.record_type, current_app.view_functions
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
