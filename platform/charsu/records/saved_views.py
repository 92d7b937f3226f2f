"""Saved views: a query with a name, private or shared, and the one a member's list begins with."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import NotFound, PermissionDenied, RuleViolated
from charsu.records.query import parse_query
from charsu.text.i18n import _
from charsu_tenants.sessions import driver_of
from charsu_tenants.statements import HotStatement

if TYPE_CHECKING:
    from charsu.records.access import RecordAccess
    from charsu.records.record_type import RecordType

Layout = Literal["list", "board", "calendar"]
MOST = 50
#: What `SavedViews.asked` is asked for: the views as one JSON text, by name.
LIST_SQL = """
    SELECT coalesce(json_agg(json_build_object('id', v.id, 'name', v.name, 'layout', v.layout,
           'query', v.query, 'member_id', v.member_id, 'is_shared', v.is_shared,
           'created_at', v.created_at, 'updated_at', v.updated_at,
           'is_default', coalesce(s.value = to_jsonb(v.id::text), false)) ORDER BY v.name, v.id), '[]')::text
      FROM core_saved_view v LEFT JOIN core_setting s ON s.key = %(setting)s
     WHERE v.record_type = %(record_type)s AND (v.is_shared OR v.member_id = %(member_id)s)
"""
_LIST = HotStatement(LIST_SQL)
_ADD = text("""
    INSERT INTO core_saved_view (record_type, name, layout, query, member_id, is_shared)
    VALUES (:record_type, :name, :layout, CAST(:query AS jsonb), :member_id, :is_shared) RETURNING id
""")
_CHANGE = text("""
    UPDATE core_saved_view SET name = :name, query = CAST(:query AS jsonb), is_shared = :is_shared,
           updated_at = :now WHERE id = :id
""")
_DELETE = text("DELETE FROM core_saved_view WHERE id = :id")
_SET = text("""
    INSERT INTO core_setting (key, value) VALUES (:setting, to_jsonb(CAST(:view_id AS text)))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value
""")
_UNSET = text("DELETE FROM core_setting WHERE key = :setting")


@dataclass(frozen=True, kw_only=True)
class SavedView:
    """A named query. `query` is what `RecordQuery.as_stored` gives, checked anew at each use."""

    id: uuid.UUID
    name: str
    query: Mapping[str, Any]
    member_id: uuid.UUID
    is_shared: bool
    is_default: bool = False
    layout: Layout = "list"
    created_at: Any = field(default=None, compare=False)
    updated_at: Any = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        """As the API answers it."""
        return {
            "id": self.id,
            "name": self.name,
            "layout": self.layout,
            "query": self.query,
            "is_shared": self.is_shared,
            "is_default": self.is_default,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


@dataclass(frozen=True)
class ViewTabs:
    """The views above a list, the one that is shown, and the one it begins with."""

    all: Sequence[SavedView]
    current: SavedView | None
    default: SavedView | None
    can_change: bool


class SavedViews:
    """The views of one record type that one member may use; each reads or writes nothing but those."""

    def __init__(self, session: Session, record_type: RecordType, access: RecordAccess) -> None:
        access.require("read")
        self._session = session
        self._type = record_type
        self._access = access
        self._written: str | None = None

    @property
    def written(self) -> str:
        """All of them as the database wrote them, read once: equal texts are equal views."""
        if self._written is None:
            with driver_of(self._session) as connection:
                self._written = str(_LIST.tuples(connection, self.asked)[0][0])
        return self._written

    @property
    def asked(self) -> dict[str, Any]:
        """The values of `LIST_SQL`."""
        return {
            "record_type": self._type.key,
            "member_id": self._access.member_id,
            "setting": self._setting,
        }

    def know(self, written: str) -> None:
        """Take what `LIST_SQL` gave along with other things of a page."""
        self._written = written

    def all(self) -> Sequence[SavedView]:
        """Shared ones and the member's own, by name."""
        return _read(self.written)

    def get(self, view_id: uuid.UUID) -> SavedView:
        """Raises `NotFound`, also for another's private view."""
        found = next((item for item in self.all() if item.id == view_id), None)
        if found is None:
            raise NotFound(_("There is no such view."))
        return found

    def create(
        self, name: str, query: Mapping[str, Any], *, is_shared: bool = False, layout: Layout = "list"
    ) -> uuid.UUID:
        """Keep a query under a name. Raises `RuleViolated`, `BadQuery`, `PermissionDenied` for sharing."""
        self._check_sharing(is_shared=is_shared)
        if len(self.all()) >= MOST:
            raise RuleViolated(_("At most %(count)s views fit here; delete one first.", count=MOST))
        values = {
            "record_type": self._type.key,
            "name": _name(name),
            "layout": layout,
            "query": self._stored(query),
            "member_id": self._access.member_id,
            "is_shared": is_shared,
        }
        return uuid.UUID(str(self._session.execute(_ADD, values).scalar_one()))

    def change(self, view_id: uuid.UUID, values: Mapping[str, Any]) -> None:
        """Give a view another `name`, `query` or `is_shared`. Raises as `create`, and `NotFound`."""
        view = self._own(view_id)
        is_shared = bool(values.get("is_shared", view.is_shared))
        if is_shared and not view.is_shared:
            self._check_sharing(is_shared=True)
        changed = {
            "id": view.id,
            "name": _name(values.get("name", view.name)),
            "query": self._stored(values.get("query", view.query)),
            "is_shared": is_shared,
            "now": clock.now(),
        }
        self._session.execute(_CHANGE, changed)

    def delete(self, view_id: uuid.UUID) -> None:
        """Remove a view for all who saw it. Raises `NotFound`, `PermissionDenied`."""
        self._session.execute(_DELETE, {"id": self._own(view_id).id})

    def begin_with(self, view_id: uuid.UUID | None) -> None:
        """Let the member's list begin with this view, or with everything again. Raises `NotFound`."""
        if view_id is None:
            self._session.execute(_UNSET, {"setting": self._setting})
            return
        view = self.get(view_id)
        self._session.execute(_SET, {"setting": self._setting, "view_id": str(view.id)})

    def tabs(self, shown: str) -> ViewTabs:
        """What stands above a list that shows the view of this id."""
        found = self.all()
        current = next((item for item in found if str(item.id) == shown), None)
        default = next((item for item in found if item.is_default), None)
        return ViewTabs(found, current, default, current is not None and self.may_change(current))

    @property
    def _setting(self) -> str:
        return f"records.view.{self._type.key}.{self._access.member_id}"

    def may_change(self, view: SavedView) -> bool:
        """Whether the member may change or delete a view: one's own, or a shared one where one sees all."""
        is_keeper = self._access.scopes.get("write") == "all" and view.is_shared
        return view.member_id == self._access.member_id or is_keeper

    def _own(self, view_id: uuid.UUID) -> SavedView:
        view = self.get(view_id)
        if not self.may_change(view):
            raise PermissionDenied(_("This view belongs to somebody else."))
        return view

    def _check_sharing(self, *, is_shared: bool) -> None:
        if is_shared and not self._access.can("write"):
            raise PermissionDenied(_("Only who may edit these records can share a view."))

    def _stored(self, query: Mapping[str, Any]) -> str:
        """The query written anew, so that nothing is kept that could not be asked now."""
        known = {"where", "sort", "search", "columns"}
        given = {name: value for name, value in query.items() if name in known}
        checked = parse_query(self._type, self._session, self._access, given)
        return orjson.dumps(checked.as_stored()).decode()


@lru_cache(maxsize=1024)
def _read(written: str) -> Sequence[SavedView]:
    """The views in a text of the database, taken apart once for each text."""
    return tuple(_view(row) for row in orjson.loads(written))


def _view(row: dict[str, Any]) -> SavedView:
    ids = {name: uuid.UUID(row[name]) for name in ("id", "member_id")}
    instants = {name: dt.datetime.fromisoformat(row[name]) for name in ("created_at", "updated_at")}
    return SavedView(**{**row, **ids, **instants})


def _name(text_given: Any) -> str:
    name = " ".join(str(text_given or "").split())
    if not 1 <= len(name) <= 100 or "\x00" in name:
        raise RuleViolated(_("A view has a name of 1 to 100 characters."), field="name")
    return name
