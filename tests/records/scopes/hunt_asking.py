"""The hunt in what is asked by sending something: previews, imports, merges, saved views."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from werkzeug.test import TestResponse

from .hunt import Leak, plain, shown
from .scene import ScopeScene, words_in


@dataclass(frozen=True)
class Ask:
    """A POST, and the same one for a value nobody has: both are to be answered alike."""

    path: str
    body: dict[str, Any]
    like: dict[str, Any] | None = None


def hunt_asking(scene: ScopeScene, further: Iterable[Ask] = ()) -> None:
    """Send everything that answers with records; raise `Leak` at a forbidden word."""
    for ask in (*asks(scene), *further):
        check_ask(scene, ask)
    _hunt_merge_page(scene)
    if "import" in scene.record_type.verbs:
        _hunt_import(scene)


def check_ask(scene: ScopeScene, ask: Ask) -> None:
    """Raise `Leak` where the answer shows, or tells by a difference, what is hidden."""
    answer = _send(scene, ask.path, ask.body)
    check_answer(scene, f"POST {ask.path}", answer, sent=json.dumps(ask.body, ensure_ascii=False))
    if ask.like is not None:
        other = _send(scene, ask.path, ask.like)
        if shown(scene, answer) != shown(scene, other):
            raise Leak(f"POST {ask.path}: {shown(scene, answer)} but for nobody's {shown(scene, other)}")


def check_answer(scene: ScopeScene, name: str, answer: TestResponse, *, sent: str = "") -> None:
    """Raise `Leak` for a failure, and for a forbidden word that was not sent along."""
    if answer.status_code >= 500:
        raise Leak(f"{name}: {answer.status_code} {answer.text[:300]}")
    leaked = [word for word in words_in(plain(answer), scene.forbidden()) if word not in sent]
    if leaked:
        raise Leak(f"{name}: {answer.status_code} shows {', '.join(leaked)}")


def asks(scene: ScopeScene) -> Iterator[Ask]:
    """Bulk previews of records and by hidden values, and views that ask for hidden values."""
    kind = scene.record_type
    pages, api, title = kind.path, f"/api/v1{kind.path}", kind.title_field
    every = [one.id for one in scene.records.values()]
    told = scene.records["mine"]
    if "write" in kind.verbs:
        yield Ask(f"{pages}/bulk", {"ids": every})
        yield Ask(f"{pages}/bulk/preview", {"ids": ",".join(every), "change": title, title: "Taken"})
    if "delete" in kind.verbs:
        yield Ask(f"{pages}/bulk/delete", {"ids": every})
    for item, word in zip(scene.hidden_fields, told.hidden_by_field, strict=True):
        nobodys = "998877" if word.isdigit() else "zqnobodyhush"
        where = f"{item.name}:{item.operators[0]}:"
        if "write" in kind.verbs:
            yield Ask(
                f"{pages}/bulk/preview",
                {"ids": ",".join(every), "change": item.name, item.name: word},
                {"ids": ",".join(every), "change": item.name, item.name: nobodys},
            )
            yield Ask(
                f"{api}/bulk",
                {"query": {"where": [where + word]}, "values": {title: "Taken"}},
                {"query": {"where": [where + nobodys]}, "values": {title: "Taken"}},
            )
        yield Ask(
            f"{api}/views",
            {"name": "By what is hidden", "query": {"where": [where + word]}},
            {"name": "By what is hidden", "query": {"where": [where + nobodys]}},
        )


def _send(scene: ScopeScene, path: str, body: dict[str, Any]) -> TestResponse:
    if path.startswith("/api/"):
        return scene.program.post(path, json=body)
    return scene.browser.post(path, data=body)


def _hunt_merge_page(scene: ScopeScene) -> None:
    """The page that compares two records, each field of both beside the other's."""
    if "merge" not in scene.record_type.verbs:
        return
    mine, *others = scene.records.values()
    for other in others:
        pair = {"id": [mine.id, other.id]}
        answer = scene.browser.get(f"{scene.record_type.path}/merge", query_string=pair)
        check_answer(scene, f"GET {scene.record_type.path}/merge", answer, sent=json.dumps(pair))


def _hunt_import(scene: ScopeScene) -> None:
    """A file that names records of others, and one that looks for records by what is hidden."""
    title, told = scene.record_type.title_field, scene.records["mine"]
    rows = "".join(f"{one.id},Taken\n" for one in scene.records.values())
    _preview(scene, f"id,{title}\n{rows}", {"match": ["id"]})
    for item, word in zip(scene.hidden_fields, told.hidden_by_field, strict=True):
        file = f"{title},{item.name}\nTaken,{word}\n"
        _preview(scene, file, {"match": [item.name]})
        _preview(scene, file, {})


def _preview(scene: ScopeScene, file: str, options: dict[str, Any]) -> None:
    path = f"/api/v1{scene.record_type.path}/imports"
    body = {
        "file": (BytesIO(file.encode()), "a.csv"),
        **({"options": json.dumps(options)} if options else {}),
    }
    begun = scene.program.post(path, data=body)
    check_answer(scene, f"POST {path} {options}", begun, sent=file)
    for name in options.get("match", ()):
        if name != "id" and begun.status_code == 201:
            raise Leak(f"POST {path}: looks for records by the hidden {name}")
    if begun.status_code == 201:
        found = begun.get_json()["id"]
        for address, client in ((path, scene.program), (f"{scene.record_type.path}/import", scene.browser)):
            check_answer(scene, f"GET {address}", client.get(f"{address}/{found}"), sent=file)
