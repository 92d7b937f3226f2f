"""The hunt for leaks: every route of the kit, asked in every way that might show what it must not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from charsu.db import tenant_work
from charsu.records import RecordType
from charsu.text.digits import to_latin
from charsu.web.access import is_platform_endpoint

from .scene import ScopeScene, Told, words_in

#: Parameters of an address in their order.
Query = tuple[tuple[str, str], ...]
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_SEPARATORS = re.compile(r"(?<=\d)[,٬'’\u00a0 ](?=\d)")
#: Pages of the core that show records of any type.
CORE_WIDE = (
    *("/", "/search", "/calendar", "/today", "/bin", "/notifications", "/batches"),
    *("/audit", "/audit/setup", "/audit/export", "/search/palette"),
    *("/api/v1/core/changes", "/api/v1/search", "/api/v1/core/today", "/api/v1/core/notifications"),
)
#: Where a variable of a path finds its values: a statement with the ids of the records as `:ids`.
FOUND_BY: Mapping[str, str] = {
    "change_id": "SELECT id FROM core_change WHERE record_id = ANY(:ids)",
    "deletion_id": "SELECT id FROM core_deletion WHERE record_id = ANY(:ids)",
    "merge_id": "SELECT batch_id FROM core_change WHERE record_id = ANY(:ids) AND action = 'merge'",
    "import_id": "SELECT id FROM core_batch WHERE kind = 'import'",
    "export_id": "SELECT id FROM core_batch WHERE kind = 'export'",
    "batch_id": "SELECT id FROM core_batch WHERE kind = 'bulk'",
    "attachment_id": "SELECT id FROM core_attachment WHERE record_id = ANY(:ids)",
    "view_id": "SELECT id FROM core_saved_view",
}


#: Routes that show nothing of any record.
UNASKED: frozenset[str] = frozenset()


class Leak(AssertionError):
    """Somebody read or changed what her role keeps from her."""


@dataclass(frozen=True)
class Question:
    """One request, the words that must not be in its answer, and a request it must be answered like.

    That one asks for a value nobody has: whoever asks for a hidden value must not see which records have it.
    """

    path: str
    query: Query
    forbidden: frozenset[str]
    like: Query | None = None

    @property
    def name(self) -> str:
        return f"GET {self.path} {dict(self.query)}"


def rules_of(app: Flask, record_type: RecordType, *further: str) -> list[tuple[str, str]]:
    """Method and rule of every route that may show records of the type, below its addresses or `further`."""
    roots = (record_type.path, f"/api/v1{record_type.path}", *further)
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if not is_platform_endpoint(rule.endpoint)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule in CORE_WIDE or any(rule.rule == one or rule.rule.startswith(f"{one}/") for one in roots)
    )


def hunt_reading(scene: ScopeScene, app: Flask, *further: str) -> None:
    """Ask every GET route everything; raise `Leak` at a forbidden word, or for one not asked at all."""
    for method, rule in rules_of(app, scene.record_type, *further):
        if method != "GET" or rule in UNASKED:
            continue
        asked = 0
        for question in questions(scene, rule):
            check(scene, question)
            asked += 1
        if not asked:
            raise Leak(f"{rule} was not asked: nothing it names is there")


def questions(scene: ScopeScene, rule: str) -> Iterator[Question]:
    """Every way to ask one GET route."""
    forbidden = frozenset(scene.forbidden())
    if not _VARIABLE.findall(rule):
        for query, like in ways(scene):
            typed = {value for _name, value in query}
            words = {word for word in forbidden if not any(word in value for value in typed)}
            yield Question(rule, query, frozenset(words), like)
        return
    for told in scene.records.values():
        for path in paths(scene, rule, told):
            yield Question(path, (), forbidden - {told.id})


def ways(scene: ScopeScene) -> Iterator[tuple[Query, Query | None]]:
    """Queries of a list; those that ask for a hidden value come with the like, for a value nobody has.

    What a field hides does not depend on the scope, so the widest one asks for it.
    """
    yield (), None
    yield (("limit", "200"),), None
    for told in scene.invisible:
        yield (("search", told.name),), None
    if scene.scope != "all":
        return
    told = scene.records["mine"]
    for word in told.hidden:
        for key in ("search", "q"):
            yield ((key, word),), ((key, _nobodys(word)),)
    for item, word in zip(scene.hidden_fields, told.hidden_by_field, strict=True):
        yield ((item.name, word),), ((item.name, _nobodys(word)),)
        asked = f"{item.name}:{item.operators[0]}:"
        yield (("where", asked + word),), (("where", asked + _nobodys(word)),)
        yield (("sort", item.name),), (("sort", f"-{item.name}"),)
        yield (("columns", f"{scene.record_type.title_field},{item.name}"),), None


def _nobodys(word: str) -> str:
    return "998877" if word.isdigit() else "zqnobodyhush"


def paths(scene: ScopeScene, rule: str, told: Told) -> Iterator[str]:
    """The addresses of a rule for one record; none where something it names is not there."""
    filled = {"record_id": [told.id]}
    for name in set(_VARIABLE.findall(rule)) - {"record_id"}:
        filled[name] = found_ids(scene, name, told)
    found = [rule]
    for name, values in filled.items():
        pattern = re.compile(rf"<(?:\w+:)?{name}>")
        found = [pattern.sub(value, path) for path in found for value in values]
    yield from found


def found_ids(scene: ScopeScene, name: str, told: Told) -> list[str]:
    """The ids of what a variable names, for one record."""
    if name not in FOUND_BY:
        raise Leak(f"say in FOUND_BY where the values of {name} come from")
    with tenant_work(scene.tenant, read_only=True) as session:
        return [str(one) for one in session.execute(text(FOUND_BY[name]), {"ids": [told.id]}).scalars()]


def check(scene: ScopeScene, question: Question) -> None:
    """Raise `Leak` for a forbidden word, a failure that hides one, records found by what is hidden."""
    client = scene.program if question.path.startswith("/api/") else scene.browser
    answer = client.open(question.path, query_string=dict(question.query))
    if answer.status_code >= 500:
        raise Leak(f"{question.name}: {answer.status_code} {answer.text[:300]}")
    leaked = words_in(plain(answer), question.forbidden)
    if leaked:
        raise Leak(f"{question.name}: {answer.status_code} shows {', '.join(leaked)}")
    if question.like is not None:
        other = client.open(question.path, query_string=dict(question.like))
        if shown(scene, answer) != shown(scene, other):
            raise Leak(f"{question.name}: {shown(scene, answer)} but for nobody's {shown(scene, other)}")


def shown(scene: ScopeScene, answer: TestResponse) -> tuple[int, list[str]]:
    """The status, and the names of the records in the order they first stand in the answer."""
    said = plain(answer)
    names = [one.name for one in scene.records.values() if one.name in said]
    return answer.status_code, sorted(names, key=said.index)


def plain(answer: TestResponse) -> str:
    """What an answer says: unzipped, digits Latin, amounts without separators."""
    data = answer.data
    if data[:2] == b"PK":
        with ZipFile(BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return _SEPARATORS.sub("", to_latin(data.decode("utf-8", "replace")))
