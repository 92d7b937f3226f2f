"""One business with a reader, her teammate and a stranger, and a telling record of each."""

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from typing import Any, Literal

from isolation.kit_table import repeating
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from charsu.db import tenant_work
from charsu.records import RecordType, full_access, service_of
from charsu.records.attachments import attach
from charsu.records.export_batches import start_export
from charsu.records.fields import Field, LinkField, MemberField
from charsu.records.importing.drafts import draft_import
from charsu.records.merging.merge import Merging, merge
from charsu.records.registry import find_type
from charsu.testing.clients import HostClient, Member, People
from charsu_tenants.context import Tenant

Scope = Literal["own", "team", "all"]
OWNERS = ("mine", "mates", "others")
#: Whose records each scope shows.
VISIBLE: Mapping[Scope, tuple[str, ...]] = {"own": ("mine",), "team": ("mine", "mates"), "all": OWNERS}
#: Kinds of fields that can hold a telling word or number, in the order they are chosen to be hidden.
TELLING = ("long_text", "email", "money", "text", "tags", "url")
_VERBS = ("read", "write", "delete", "export", "import", "merge")
#: Amounts whose sums, too, are unlike anything else on a page.
_AMOUNTS = {"mine": 713_370, "mates": 2_941_530, "others": 58_264_190, "linked": 10}


@dataclass(frozen=True)
class Told:
    """One record: its id, the word in its name, and the words and numbers of its hidden fields."""

    id: str
    name: str
    #: One for each of the hidden fields.
    hidden_by_field: tuple[str, ...]

    @property
    def hidden(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.hidden_by_field))


@dataclass
class ScopeScene:
    """The reader's browser and program, the records by owner, and what she must never read."""

    people: People
    tenant: Tenant
    record_type: RecordType
    scope: Scope
    reader: Member
    browser: HostClient
    program: HostClient
    records: dict[str, Told] = field(default_factory=dict)
    #: Names of records of other types that these link to; the reader holds no permission for them.
    linked: list[str] = field(default_factory=list)

    @property
    def visible(self) -> tuple[Told, ...]:
        return tuple(self.records[one] for one in VISIBLE[self.scope])

    @property
    def invisible(self) -> tuple[Told, ...]:
        return tuple(self.records[one] for one in OWNERS if one not in VISIBLE[self.scope])

    @cached_property
    def hidden_fields(self) -> tuple[Field, ...]:
        return hidden_fields(self.record_type)

    def forbidden(self) -> set[str]:
        """Every word that must be in no answer: of records out of scope, and of hidden fields of all."""
        of_records = {word for one in self.invisible for word in (one.id, one.name)}
        return (
            set(self.linked)
            | of_records
            | {word for one in self.records.values() for word in one.hidden}
            | self._sums()
        )

    def _sums(self) -> set[str]:
        """Sums of hidden amounts, as a board's column might show them, in either unit of money."""
        if not any(item.kind == "money" for item in self.hidden_fields):
            return set()
        amounts = [_AMOUNTS[one] for one in OWNERS]
        chosen = (part for size in (1, 2, 3) for part in itertools.combinations(amounts, size))
        return {str(sum(part) // unit) for part in chosen for unit in (1, 10)}


def hidden_fields(record_type: RecordType) -> tuple[Field, ...]:
    """The fields the reader's role hides: up to three, of different kinds."""
    offered = [
        item
        for item in record_type.fields
        if item.kind in TELLING and item.name != record_type.title_field and not item.is_read_only
    ]
    by_kind = {item.kind: item for item in reversed(offered)}
    return tuple(by_kind[kind] for kind in TELLING if kind in by_kind)[:3]


def build(people: People, tenant: Tenant, record_type: RecordType, scope: Scope) -> ScopeScene:
    """Make the three people, the team of two of them, and a record of each."""
    suffix = "" if scope == "all" else f"@{scope}"
    permissions = ["core.audit.read", *(f"{record_type.key}.{verb}{suffix}" for verb in _VERBS)]
    rules = {record_type.key: {item.name: "none" for item in hidden_fields(record_type)}}
    reader = people.member(tenant, permissions, rules)  # type: ignore[arg-type]  # the literal "none"
    owners = {"mine": reader, "mates": people.member(tenant), "others": people.member(tenant)}
    scene = ScopeScene(
        people, tenant, record_type, scope, reader, people.browser(reader), people.program(reader)
    )
    with tenant_work(tenant) as session:
        team = session.execute(
            text("INSERT INTO core_team (name, name_key) VALUES ('Two', 'two') RETURNING id")
        ).scalar_one()
        for one in ("mine", "mates"):
            session.execute(
                text("INSERT INTO core_team_member VALUES (:team, :member)"),
                {"team": team, "member": owners[one].member_id},
            )
        service = service_of(record_type, session, full_access())
        links = linked_records(session, record_type, scene)
        for owner, member in owners.items():
            values, told = telling_values(record_type, owner)
            values = {**links, **values}
            record = service.create({**values, "owner_id": member.member_id})
            # A change, so that each has a history of hidden values too.
            service.update(record.id, {record_type.title_field: f"{told.name} again"})
            scene.records[owner] = Told(str(record.id), told.name, told.hidden_by_field)
            attach(session, record_type, full_access(), record.id, BytesIO(told.name.encode()), name="a.txt")
            if owner == "others" and "import" in record_type.verbs:
                _begin_import(scene, session, member, told)
            if owner == "others" and {"export", "read"} <= record_type.verbs:
                access = replace(full_access(), member_id=member.member_id)
                start_export(session, record_type, access, MultiDict(), is_whole=True)
            if owner == "others" and "merge" in record_type.verbs:
                twin = service.create({**values, "owner_id": member.member_id})
                merge(Merging(tenant, session, record_type, full_access()), record.id, twin.id)
    _begin_bulk(scene, owners["others"])
    return scene


def _begin_bulk(scene: ScopeScene, member: Member) -> None:
    """A bulk edit of the stranger's record, by herself."""
    if "write" in scene.record_type.verbs:
        told = scene.records["others"]
        body = {"ids": [told.id], "values": {scene.record_type.title_field: f"{told.name} in bulk"}}
        answer = scene.people.program(member).post(f"/api/v1{scene.record_type.path}/bulk", json=body)
        assert answer.status_code == 202, answer.text


def _begin_import(scene: ScopeScene, session: Session, member: Member, told: Told) -> None:
    """A file with the telling words, sent by a member who sees everything, up to its preview."""
    names = [scene.record_type.title_field, *(item.name for item in scene.hidden_fields)]
    words = [f"{told.name} new", *told.hidden_by_field]
    file = BytesIO(f"{','.join(names)}\n{','.join(words)}\n".encode())
    access = replace(full_access(), member_id=member.member_id)
    draft_import(session, scene.record_type, access, file, f"{told.name}.csv")


def linked_records(session: Session, record_type: RecordType, scene: ScopeScene) -> dict[str, Any]:
    """A record of each type this one can not do without; the reader may see none of those."""
    found: dict[str, Any] = {}
    for item in record_type.fields:
        if not isinstance(item, LinkField) or isinstance(item, MemberField) or not item.is_required:
            continue
        target = find_type(item.to)
        assert target is not None
        values, told = telling_values(target, "linked")
        values |= linked_records(session, target, scene) | _OF_LINKED.get(item.name, {})
        made = service_of(target, session, full_access()).create(values)
        found[item.name] = made.id
        if target.key != record_type.key:
            scene.linked.append(told.name)
    return found


def telling_values(record_type: RecordType, owner: str) -> tuple[dict[str, Any], Told]:
    """Values of a record that say whose it is, in its name and in each hidden field."""
    name, word = f"zq{owner}name", f"zq{owner}hush"
    values: dict[str, Any] = {record_type.title_field: name}
    hidden: list[str] = []
    due = record_type.due
    for item in hidden_fields(record_type):
        values[item.name] = _TELLING_VALUE[item.kind](word, owner)
        hidden.append(str(_AMOUNTS[owner]) if item.kind == "money" else word)
    for item in record_type.fields:
        if item.name in values or item.is_read_only or (due is not None and item.name == due.done_field):
            continue
        if item.kind in _FILLING:
            values[item.name] = _FILLING[item.kind]
        elif item.is_required and item.default is None and item.kind not in {"link", "member"}:
            options = getattr(item, "options", None)
            values[item.name] = next(iter(options)) if options else 1 if item.kind == "number" else "x"
    # From tomorrow on, so that the day of the table is one of them.
    repeats = {name: rule for name, rule in repeating(record_type).items() if name not in values}
    return values | repeats, Told("", name, tuple(hidden))


_TELLING_VALUE: Mapping[str, Callable[[str, str], Any]] = {
    "text": lambda word, owner: word,
    "long_text": lambda word, owner: f"{word} and more",
    "email": lambda word, owner: f"{word}@example.com",
    "money": lambda word, owner: _AMOUNTS[owner],
    "tags": lambda word, owner: [word],
    "url": lambda word, owner: f"https://example.com/{word}",
}
#: What a linked record must be, by the link's name, where the module's own rule asks for it.
_OF_LINKED: Mapping[str, dict[str, Any]] = {"company_id": {"kind": "company"}}
#: So that boards, calendars and lists of what is due have something to show.
_FILLING: Mapping[str, Any] = {
    "date": dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1),
    "instant": dt.datetime.now(dt.UTC) + dt.timedelta(days=1),
}


#: Ids of records, requests and the like, in which a few digits may stand by chance.
_IDS = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b")


def words_in(body: str, words: Iterable[str]) -> list[str]:
    """Those of the words that stand in a body of plain text; amounts are not looked for within ids."""
    told = _IDS.sub(" ", body)
    return sorted(word for word in words if word in (told if word.isdigit() else body))
