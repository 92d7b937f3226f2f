"""The API of the audit of all records, below `/api/v1/core`."""

from __future__ import annotations

from typing import Any

from charsu.api import ApiBlueprint, PageArgs
from charsu.api.blueprint import page_of
from charsu.api.fields import Instant, Text, Uuid
from charsu.db import db
from charsu.errors import RuleViolated
from charsu.records.access import access_of_request
from charsu.records.custom import fields_of
from charsu.records.history import SOURCES
from charsu.records.registry import usable_types
from charsu.records.rest.changes import RecordChangeSchema, after_of, shown
from charsu.records.trail import Asked, Trail
from charsu.text.i18n import _
from charsu.web.access import requires
from charsu_tenants.context import current_tenant

api = ApiBlueprint(
    "core_changes", "charsu.records", url_prefix="/api/v1/core", description="Changes of all records"
)


class ChangeListArgs(PageArgs):
    """Which changes; left out: all the caller may see."""

    record_type = Text(max_length=130, load_default="")
    person = Uuid(load_default=None, metadata={"description": "the member who made them"})
    source = Text(max_length=20, load_default="")
    batch_id = Uuid(load_default=None)
    since = Instant(load_default=None)
    until = Instant(load_default=None)


class AnyRecordChangeSchema(RecordChangeSchema):
    """One change of any record."""

    record_type = Text()
    record_id = Uuid()


@api.route("/changes", methods=["GET"])
@requires("core.audit.read")
@api.arguments(ChangeListArgs, location="query")
@api.answers(200, page_of(AnyRecordChangeSchema))
def list_all_changes(args: dict[str, Any]) -> dict[str, Any]:
    """List the changes of all records, newest first, without records and fields hidden from the caller."""
    session = db.session()
    trail = Trail(session, usable_types(current_tenant()), access_of_request)
    for name, known in (("record_type", trail.types), ("source", SOURCES)):
        if args[name] and args[name] not in known:
            raise RuleViolated(_("Choose one of the offered values."), field=name)
    asked = Asked(
        person=str(args["person"] or ""),
        record_type=args["record_type"],
        source=args["source"],
        batch_id=args["batch_id"],
        since=args["since"],
        until=args["until"],
    )
    rows = trail.rows(asked, after_of(args["cursor"]), args["limit"] + 1)
    part = rows[: args["limit"]]
    names = {
        key: frozenset(item.name for item in access_of_request(kind).readable(fields_of(session, kind)))
        for key, kind in trail.types.items()
    }
    return {
        "items": [
            {
                **shown(row, names[row.record_type]),
                "record_type": row.record_type,
                "record_id": row.record_id,
            }
            for row in part
        ],
        "next_cursor": str(part[-1].id) if len(rows) > args["limit"] else None,
    }
