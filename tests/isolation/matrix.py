"""The matrix: one route, before either business, against everybody who might call it and every id."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.test import TestResponse

from .callers import Caller, allowed, strangers, underlings
from .calls import Call, send
from .rows import PUBLIC, SIGNED_IN, Route
from .scene import MALFORMED, RANDOM, RANDOM_UUID, Scene

Ids = Mapping[str, str]
_IGNORED_HEADERS = {"X-Request-Id", "Date", "RateLimit-Remaining", "Content-Length"}


class Leak(AssertionError):
    """A route did for somebody what it must not do."""


def check_route(scene: Scene, call: Call, table: Mapping[str, Route]) -> None:
    """Raise `Leak` when any cell of the route's matrix is not as the table says; the scene is as it was made.

    Each business in turn is the one whose host is called, and the other the one whose people and ids come.
    """
    route = table.get(call.name)
    if route is None:
        raise Leak(f"{call.name} is not declared in the access table")
    unknown = [kind for kind in call.kinds if kind.startswith("?")]
    if unknown:
        raise Leak(f"{call.name}: say in KINDS what {unknown[0][1:]} names")
    for side in scene.sides:
        _check_refused(side, call, route)
        _check_foreign(side, call, route)
        _check_malformed(side, call, route)
        _check_good_calls(side, call, route)


def _check_refused(scene: Scene, call: Call, route: Route) -> None:
    """Who may not call is refused in one way, whatever id is named."""
    found = [] if route.access == PUBLIC else strangers(scene, call)
    found += [] if route.access in {PUBLIC, SIGNED_IN} else underlings(scene, call, route)
    named = call.named(route)
    for refused in found:
        shapes = {}
        for whose, ids in _ids_of_all(scene, named).items():
            answer = _refuse(scene, call, route, refused.caller, ids)
            if not refused.is_refusal(answer):
                raise Leak(f"{call.name}: {refused.caller.who}, naming {whose} ids, got {told(answer)}")
            shapes[whose] = _shape(answer, ids)
        if len({repr(shape) for shape in shapes.values()}) > 1:
            raise Leak(f"{call.name}: answers to {refused.caller.who} differ by id: {shapes}")


def _ids_of_all(scene: Scene, named: Iterable[str]) -> dict[str, Ids]:
    """Ids of this business, of the other one and of nobody; one set of them where nothing is named."""
    own = scene.here.ids
    if not named:
        return {"no": own}
    there = {kind: scene.there.ids[kind] for kind in named}
    return {"own": own, "foreign": {**own, **there}, "random": {**own, **_nobodys(named)}}


def _nobodys(kinds: Iterable[str]) -> Ids:
    return {kind: RANDOM.get(kind, RANDOM_UUID) for kind in kinds}


def _check_foreign(scene: Scene, call: Call, route: Route) -> None:
    """To who may call, ids of the other business answer exactly as ids that nobody has."""
    for caller in allowed(scene.here, call, route):
        for kind in call.named(route):
            answers = []
            for other in (scene.there.ids[kind], _nobodys([kind])[kind]):
                answer = _refuse(scene, call, route, caller, {**scene.here.ids, kind: other})
                if kind in call.kinds and answer.status_code not in {
                    route.unknown,
                    303 if route.may_flash else 404,
                }:
                    raise Leak(f"{call.name}: to {caller.who} an unknown {kind} got {told(answer)}")
                answers.append(_shape(answer, {kind: other}))
            if answers[0] != answers[1]:
                raise Leak(
                    f"{call.name}: to {caller.who} a foreign {kind} and a random one differ: {answers}"
                )


def _check_malformed(scene: Scene, call: Call, route: Route) -> None:
    """What is no id at all answers as an unknown one."""
    caller = allowed(scene.here, call, route)[0]
    if "uuid" in call.rule:
        for value in MALFORMED:
            ids = {kind: value if kind in call.kinds else one for kind, one in scene.here.ids.items()}
            answer = _refuse(scene, call, route, caller, ids)
            if answer.status_code not in {404, 405}:
                raise Leak(f"{call.name}: the malformed id {value} got {told(answer)}")


def _check_good_calls(scene: Scene, call: Call, route: Route) -> None:
    """Who may, can: else the refusals above would prove nothing. The other business stays as it was."""
    for caller in allowed(scene.here, call, route):
        answer = send(caller.client.twin(), call, route, scene.here.ids)
        is_good = answer.status_code in route.ok if route.ok else answer.status_code < 400
        is_door = (answer.location or "").startswith("/login") and route.access != PUBLIC
        if not is_good or is_door:
            raise Leak(f"{call.name}: {caller.who}, who may call it, got {told(answer)}")
        if scene.there.canary in answer.text:
            raise Leak(f"{call.name}: shows the other business to {caller.who}: {told(answer)}")
        changed = scene.watch.changed_of(scene.there.tenant)
        if changed:
            raise Leak(f"{call.name}: {caller.who} changed rows of the other business: {changed}")
        if call.method == "GET" and scene.watch.changed():
            raise Leak(f"{call.name}: a GET changed rows: {scene.watch.changed()}")
        scene.watch.reset()


def _refuse(scene: Scene, call: Call, route: Route, caller: Caller, ids: Ids) -> TestResponse:
    """Make a call that is to be refused: nobody's row changes, and nothing of the other business is shown."""
    answer = send(caller.client.twin(), call, route, ids)
    if scene.there.canary in answer.text:
        raise Leak(f"{call.name}: shows the other business to {caller.who}: {told(answer)}")
    changed = scene.watch.changed()
    if changed:
        scene.watch.reset()
        raise Leak(f"{call.name}: {caller.who} got {told(answer)} and changed rows: {changed}")
    return answer


def told(answer: TestResponse) -> str:
    """An answer in one line."""
    return f"{answer.status_code} {answer.location or ''} {answer.text[:200]!r}"


def _shape(answer: TestResponse, ids: Ids) -> tuple[Any, ...]:
    """Status, headers and text of an answer, without the ids it was asked by."""
    request_id = answer.headers.get("X-Request-Id", "-")
    hidden = re.compile("|".join(re.escape(value) for value in (request_id, *ids.values())))
    headers = sorted(
        # A flash ends a minute from now: of two answers one may be sent a second later.
        (name, re.sub(r"Expires=[^;]*", "Expires", hidden.sub("<id>", content)))
        for name, content in answer.headers
        if name not in _IGNORED_HEADERS
    )
    return answer.status_code, headers, hidden.sub("<id>", answer.text)
