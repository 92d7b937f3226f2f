"""What the routes of the record kit are meant to allow, derived from the record types of the modules.

A feature of the kit adds its routes here once, as what follows the address of a type (`/crm/customers`);
every type that has what the route is about gets a row of the access table from it.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from charsu.db import tenant_work
from charsu.plugins.host import PluginHost
from charsu.records import RecordType, full_access
from charsu.records.attachments import attach
from charsu.records.export_batches import start_export
from charsu.records.fields import Field
from charsu.records.importing.drafts import draft_import
from charsu_tenants.context import Tenant

from .rows import Route

Body = Mapping[str, Any] | Callable[[RecordType], Mapping[str, Any]]
ONE = "/<uuid:record_id>"
API_ROOT = "/api/v1"
#: What a record of a type needs beyond one sample per field.
EXAMPLES: Mapping[str, Mapping[str, str]] = {"crm.affiliation": {"company_id": "{crm.company}"}}


@dataclass(frozen=True)
class KitRoute:
    """A route of the kit: its verb, what a caller who may sends for a type, and which types have it."""

    verb: str
    body: Body = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    ok: frozenset[int] = frozenset()
    unknown: int = 404
    may_flash: bool = False
    asks_more: bool = False
    has: Callable[[RecordType], object] = lambda _type: True


def sample_body(record_type: RecordType, name: str = "دست‌نوشته") -> dict[str, Any]:
    """A good body of a new record: its name and whatever else it can not do without."""
    must = (item for item in record_type.fields if item.is_required and item.default is None)
    values = {item.name: _sample(item, name) for item in must if not item.is_read_only}
    return {**values, **EXAMPLES.get(record_type.key, {}), record_type.title_field: name}


def renamed(record_type: RecordType) -> dict[str, Any]:
    """The body of a change: another name."""
    return {record_type.title_field: "نام دیگر"}


def two_of_one(record_type: RecordType) -> dict[str, Any]:
    """The body of a merge."""
    return {"kept_id": f"{{{record_type.key}}}", "lost_id": f"{{{record_type.key}.twin}}"}


def ids_of_one(_type: RecordType) -> dict[str, Any]:
    """The body of what is done to many: here to one."""
    return {"ids": [f"{{{_type.key}}}"]}


def many_renamed(record_type: RecordType) -> dict[str, Any]:
    """The body of a bulk edit."""
    return {**ids_of_one(record_type), "values": renamed(record_type)}


def many_renamed_by_form(record_type: RecordType) -> dict[str, Any]:
    """The form of a bulk edit: which fields change, and to what."""
    return {**ids_of_one(record_type), "change": record_type.title_field, **renamed(record_type)}


def changes_many(record_type: RecordType) -> bool:
    """Whether bulk edits of the type are there to follow."""
    return bool({"write", "delete"} & record_type.verbs)


def finds_duplicates(record_type: RecordType) -> bool:
    """Whether the type says by which fields two of its records are taken for one."""
    return record_type.duplicates is not None


API: dict[str, KitRoute] = {
    "GET": KitRoute("read", has=lambda item: "list_records" not in item.own_api),
    "POST": KitRoute("write", sample_body),
    f"GET {ONE}": KitRoute("read", has=lambda item: "read_record" not in item.own_api),
    f"PATCH {ONE}": KitRoute("write", renamed),
    f"DELETE {ONE}": KitRoute("delete"),
    f"POST {ONE}/restoration": KitRoute("delete"),
    "GET /views": KitRoute("read"),
    "POST /views": KitRoute("read", {"name": "نمای تازه"}),
    "PATCH /views/<uuid:view_id>": KitRoute("read", {"name": "نمای دیگر"}),
    "DELETE /views/<uuid:view_id>": KitRoute("read"),
    "POST /merges": KitRoute("merge", two_of_one),
    "POST /merges/<uuid:merge_id>/reversal": KitRoute("merge"),
    "GET /duplicates/similar": KitRoute("write", has=finds_duplicates),
    "GET /duplicates": KitRoute("merge", has=finds_duplicates),
    "POST /duplicates/<uuid:duplicate_id>/dismissal": KitRoute("merge", has=finds_duplicates),
}
PAGES: dict[str, KitRoute] = {
    "GET": KitRoute("read"),
    "GET /count": KitRoute("read"),
    "GET /pick": KitRoute("read"),
    "GET /new": KitRoute("write"),
    "POST /new": KitRoute("write", sample_body),
    f"GET {ONE}/edit": KitRoute("write"),
    f"POST {ONE}/edit": KitRoute("write", sample_body),
    "GET /calendar": KitRoute("read", has=lambda item: item.calendar),
    "POST /views": KitRoute("read", {"name": "نمای تازه"}),
    "POST /views/<uuid:view_id>": KitRoute("read", {"name": "نمای دیگر"}),
    "POST /views/<uuid:view_id>/delete": KitRoute("read"),
    "POST /views/<uuid:view_id>/default": KitRoute("read", {"is_default": "1"}),
    "GET /merge": KitRoute("merge", query={"id": "{{{type}}}"}),
    "POST /merge": KitRoute("merge", two_of_one),
    "GET /merges/<uuid:merge_id>": KitRoute("merge"),
    "POST /merges/<uuid:merge_id>/reversal": KitRoute("merge"),
    "GET /duplicates": KitRoute("merge", has=finds_duplicates),
    "GET /duplicates/similar": KitRoute("write", has=finds_duplicates),
    "POST /duplicates/search": KitRoute("merge", has=finds_duplicates),
    "POST /duplicates/<uuid:duplicate_id>/dismissal": KitRoute("merge", unknown=303, has=finds_duplicates),
}
_EXPORTS, _EXPORT = "/exports/<uuid:export_id>", "/export/<uuid:export_id>"
_FILES, _FILE = f"{ONE}/attachments", f"{ONE}/attachments/<uuid:attachment_id>"
API |= {
    "GET /export": KitRoute("export", asks_more=True),
    "POST /exports": KitRoute("export"),
    f"GET {_EXPORTS}": KitRoute("export"),
    f"GET {_EXPORTS}/file": KitRoute("export", asks_more=True),
    f"GET {_FILES}": KitRoute("read"),
    f"POST {_FILES}": KitRoute("write", ok=frozenset({422})),
    f"GET {_FILE}": KitRoute("read"),
    f"DELETE {_FILE}": KitRoute("write"),
}
PAGES |= {
    "GET /export": KitRoute("export"),
    "POST /export": KitRoute("export"),
    f"GET {_EXPORT}": KitRoute("export"),
    f"GET {_EXPORT}/file": KitRoute("export", asks_more=True),
    f"GET {_FILES}": KitRoute("read"),
    f"POST {_FILES}": KitRoute("write", ok=frozenset({422})),
    f"GET {_FILE}": KitRoute("read"),
    f"POST {_FILE}/removal": KitRoute("write"),
}


def _has_board(record_type: RecordType) -> bool:
    return record_type.board is not None


PAGES |= {
    "GET /board": KitRoute("read", has=_has_board),
    "GET /board/cards": KitRoute("read", has=_has_board, ok=frozenset({200, 404, 422})),
    "GET /board/<uuid:record_id>/move": KitRoute("write", has=_has_board),
    "POST /board/<uuid:record_id>/move": KitRoute("write", has=_has_board),
}


def _can_be_moved(record_type: RecordType) -> bool:
    spec = record_type.calendar
    return spec is not None and not record_type.by_name[spec.start_field].is_read_only


_MOVE = f"/calendar{ONE}/move"
PAGES |= {
    f"GET {_MOVE}": KitRoute("write", has=_can_be_moved),
    f"POST {_MOVE}": KitRoute("write", {"to": "2031-05-06"}, has=_can_be_moved),
}


def _repeats(record_type: RecordType) -> bool:
    spec = record_type.calendar
    return _can_be_moved(record_type) and spec is not None and bool(spec.repeat_field)


def repeating(record_type: RecordType) -> dict[str, Any]:
    """What makes a record repeat daily, without one day of its rule; nothing where a type does not repeat."""
    spec = record_type.calendar
    if spec is None or not _repeats(record_type):
        return {}
    rule = {"calendar": "gregorian", "frequency": "daily", "without": [_LEFT_OUT["day"]]}
    return {spec.start_field: _SAMPLES[record_type.by_name[spec.start_field].kind], spec.repeat_field: rule}


_ONE_DAY, _LEFT_OUT = {"day": "2031-05-06"}, {"day": "2031-05-08"}
PAGES |= {
    f"GET /calendar{ONE}/days": KitRoute("read", has=_repeats),
    f"GET /calendar{ONE}/day": KitRoute("read", query=_ONE_DAY, has=_repeats),
    f"POST /calendar{ONE}/skip": KitRoute("write", _ONE_DAY, has=_repeats),
    f"POST /calendar{ONE}/return": KitRoute("write", _LEFT_OUT, has=_repeats),
    f"POST /calendar{ONE}/take-out": KitRoute("write", _ONE_DAY, has=_repeats),
}
_DAYS = f"{ONE}/occurrences"
API |= {
    f"GET {_DAYS}": KitRoute("read", has=_repeats),
    f"POST {_DAYS}/move": KitRoute("write", {"to": "2031-05-20", **_ONE_DAY}, has=_repeats),
    f"POST {_DAYS}/removal": KitRoute("write", _ONE_DAY, has=_repeats),
    f"POST {_DAYS}/restoration": KitRoute("write", _LEFT_OUT, has=_repeats),
    f"POST {_DAYS}/detachment": KitRoute("write", _ONE_DAY, has=_repeats),
}
_PUT_BACK, _BATCH = "<uuid:change_id>", "/bulk/<uuid:batch_id>"
API |= {
    f"GET {ONE}/changes": KitRoute("read"),
    f"POST {ONE}/changes/{_PUT_BACK}/reversal": KitRoute("write"),
    "POST /bulk": KitRoute("write", many_renamed),
    "POST /bulk/deletion": KitRoute("delete", ids_of_one),
    f"GET {_BATCH}": KitRoute("read", has=changes_many),
    f"POST {_BATCH}/reversal": KitRoute("write"),
    f"POST {_BATCH}/start": KitRoute("write", ok=frozenset({409})),
}
PAGES |= {
    f"GET {ONE}": KitRoute("read"),
    f"GET {ONE}/delete": KitRoute("delete"),
    f"POST {ONE}/delete": KitRoute("delete"),
    f"GET {ONE}/history": KitRoute("read"),
    f"POST {ONE}/history/{_PUT_BACK}": KitRoute("write", may_flash=True),
    f"GET {ONE}/timeline": KitRoute("read"),
    "POST /bulk": KitRoute("write", ids_of_one),
    "POST /bulk/preview": KitRoute("write", many_renamed_by_form),
    "POST /bulk/run": KitRoute("write", many_renamed_by_form),
    "POST /bulk/delete": KitRoute("delete", ids_of_one),
    "POST /bulk/delete/run": KitRoute("delete", ids_of_one),
    f"GET {_BATCH}": KitRoute("read", has=changes_many),
    f"POST {_BATCH}/reversal": KitRoute("write"),
    f"POST {_BATCH}/start": KitRoute("write", ok=frozenset({409})),
}
#: Of an import: sending one needs a file, a draft can not be taken back.
_NO_FILE, _NOT_DONE = frozenset({422}), frozenset({409})
_IMPORT = "/import/<uuid:import_id>"
API |= {
    "POST /imports": KitRoute("import", ok=_NO_FILE),
    "GET /imports/<uuid:import_id>": KitRoute("import"),
    "PATCH /imports/<uuid:import_id>": KitRoute("import"),
    "POST /imports/<uuid:import_id>/start": KitRoute("import"),
    "POST /imports/<uuid:import_id>/reversal": KitRoute("import", ok=_NOT_DONE),
}
PAGES |= {
    "GET /import": KitRoute("import"),
    "POST /import": KitRoute("import", ok=_NO_FILE),
    f"GET {_IMPORT}": KitRoute("import"),
    f"POST {_IMPORT}/sheet": KitRoute("import"),
    f"POST {_IMPORT}/columns": KitRoute("import", lambda kind: {"field-0": kind.title_field}),
    f"POST {_IMPORT}/start": KitRoute("import"),
    f"POST {_IMPORT}/reversal": KitRoute("import", ok=_NOT_DONE),
    f"GET {_IMPORT}/progress": KitRoute("import"),
    f"GET {_IMPORT}/refused.csv": KitRoute("import"),
}
#: Routes of which the record lies in the recycle bin.
BINNED = frozenset({f"{ONE}/restoration"})
#: What other variables of the kit's paths name; `{type}` is the key of the record type.
NAMES: dict[str, str] = {
    "merge_id": "{type}.merge",
    "duplicate_id": "{type}.duplicate",
    "import_id": "{type}.import",
    "export_id": "{type}.export",
    "view_id": "{type}.view",
    "attachment_id": "{type}.attachment",
    "change_id": "{type}.change",
    "batch_id": "{type}.batch",
}


@cache
def kit_types() -> dict[str, RecordType]:
    """The record types of the installed modules by key, in dependency order."""
    return {item.key: item for plugin in PluginHost.discover().loaded for item in plugin.records}


def kit_routes() -> dict[str, Route]:
    """The rows of the access table for every type and every route of the kit it has."""
    return {
        f"{method} {root}{record_type.path}{tail}": _row(record_type, route)
        for root, table in ((API_ROOT, API), ("", PAGES))
        for name, route in table.items()
        for method, _space, tail in [name.partition(" ")]
        for record_type in kit_types().values()
        if route.verb in record_type.verbs and route.has(record_type)
    }


def is_walked(method: str, rule: str) -> bool:
    """Whether a route gets its whole matrix: all but those of the kit that another type has walked already.

    The routes of two types are the same functions with other nouns; who may call them is compared for all.
    """
    record_type, tail = _split(rule)
    name = f"{method} {tail}".strip()
    table = API if rule.startswith(API_ROOT) else PAGES
    if record_type is None or name not in table:
        return True
    route = table[name]
    having = (item for item in kit_types().values() if route.verb in item.verbs and route.has(item))
    return next(having, record_type) is record_type


def kit_kind(rule: str, name: str) -> str | None:
    """What a variable part of a kit's path names, or None for a path that is not the kit's."""
    record_type, tail = _split(rule)
    if record_type is None:
        return None
    if name == "record_id":
        return f"{record_type.key}.binned" if tail in BINNED else record_type.key
    return NAMES[name].format(type=record_type.key) if name in NAMES else None


def kit_ids(send: Callable[..., Any], mark: str, known: Mapping[str, str]) -> dict[str, str]:
    """Make a record of every type that can be made by the API, and one that lies in the bin, in one business.

    `known` are those a test made by itself; the ids come by kind.
    """
    ids = dict(known)
    for key, record_type in kit_types().items():
        path = record_type.path.strip("/")

        def make(name: str, of: RecordType = record_type, path: str = path) -> str:
            body = _with_links(sample_body(of, f"{mark} {name}"), ids)
            return str(send(path, **body, **repeating(of))["id"])

        if "read" in record_type.verbs:
            ids[f"{key}.view"] = send(f"{path}/views", name=f"{mark} view")["id"]
        if "write" in record_type.verbs:
            if key not in ids:
                ids[key] = make(key)
            changed = {record_type.title_field: f"{mark} changed"}
            send(f"{path}/{ids[key]}", method="PATCH", **changed)
            changes = send(f"{path}/{ids[key]}/changes", method="GET")["items"]
            ids[f"{key}.change"] = changes[0]["id"]
            ids[f"{key}.batch"] = send(f"{path}/bulk", ids=[make("in bulk")], values=changed)["id"]
        if {"write", "delete"} <= record_type.verbs:
            ids[f"{key}.binned"] = make("binned")
            send(f"{path}/{ids[f'{key}.binned']}", method="DELETE")
        if {"write", "merge"} <= record_type.verbs:
            kept, lost, ids[f"{key}.twin"] = (make(name) for name in ("kept", "lost", "twin"))
            ids[f"{key}.merge"] = send(f"{path}/merges", kept_id=kept, lost_id=lost)["id"]
    return ids


def kit_drafts(tenant: Tenant, member_id: UUID, mark: str) -> dict[str, str]:
    """Begin an import of every type that has them, in one business; the ids come by kind."""
    drafts: dict[str, str] = {}
    access = dataclasses.replace(full_access(), member_id=member_id)
    with tenant_work(tenant) as session:
        for key, record_type in kit_types().items():
            if "import" in record_type.verbs:
                file = BytesIO(f"{record_type.title_field}\n{mark}\n".encode())
                drafts[f"{key}.import"] = str(draft_import(session, record_type, access, file, "draft.csv"))
    return drafts


def kit_exports(tenant: Tenant, member_id: UUID) -> dict[str, str]:
    """Make an export of every type that has them, in one business; the ids come by kind."""
    exports: dict[str, str] = {}
    access = dataclasses.replace(full_access(), member_id=member_id)
    with tenant_work(tenant) as session:
        for key, record_type in kit_types().items():
            if {"export", "read"} <= record_type.verbs:
                batch_id = start_export(session, record_type, access, MultiDict(), is_whole=True)
                exports[f"{key}.export"] = str(batch_id)
    return exports


def kit_attachments(tenant: Tenant, ids: Mapping[str, str], mark: str) -> dict[str, str]:
    """Put a file on a record of every type, in one business; the ids come by kind."""
    files: dict[str, str] = {}
    with tenant_work(tenant) as session:
        for key, record_type in kit_types().items():
            file, record_id = BytesIO(mark.encode()), UUID(ids[key])
            kept = attach(session, record_type, full_access(), record_id, file, name="a.txt")
            files[f"{key}.attachment"] = str(kept.id)
    return files


def kit_deletion(tenant: Tenant) -> str:
    """Something that lies in the bin of one business."""
    with tenant_work(tenant) as session:
        return str(session.scalar(text("SELECT id FROM core_deletion ORDER BY id LIMIT 1")))


def _row(record_type: RecordType, route: KitRoute) -> Route:
    body = route.body(record_type) if callable(route.body) else route.body
    query = {name: value.format(type=record_type.key) for name, value in route.query.items()}
    return Route(
        record_type.permission(route.verb),
        body,
        query,
        route.ok,
        route.unknown,
        route.may_flash,
        route.asks_more,
    )


def _split(rule: str) -> tuple[RecordType | None, str]:
    path = rule.removeprefix(API_ROOT)
    types: Iterable[RecordType] = kit_types().values()
    for record_type in types:
        if path == record_type.path or path.startswith(f"{record_type.path}/"):
            return record_type, path.removeprefix(record_type.path)
    return None, ""


def _sample(item: Field, name: str) -> Any:
    """A good value of a required field; a link stands for a record of its business."""
    options = getattr(item, "options", None)
    if options:
        return next(iter(options))
    return f"{{{item.to}}}" if item.kind in {"link", "member"} else _SAMPLES.get(item.kind, name)


_SAMPLES = {"date": "2031-05-05", "instant": "2031-05-05T10:00:00Z", "number": 1, "money": 1_000}


def _with_links(body: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: re.sub(r"\{([\w.]+)\}", lambda found: ids[found[1]], value) if isinstance(value, str) else value
        for name, value in body.items()
    }
