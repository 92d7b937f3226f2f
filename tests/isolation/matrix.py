"""The matrix: one route against everybody who might call it and every id that might be named."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from charsu.testing.clients import HostClient
from charsu.web.access import is_platform_endpoint

from .access_table import kind_of
from .rows import PUBLIC, SIGNED_IN, Route
from .scene import MALFORMED, RANDOM, RANDOM_UUID, Scene, Side

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_REFERENCE = re.compile(r"\{([\w.]+)\}")
_IGNORED_HEADERS = {"X-Request-Id", "Date", "RateLimit-Remaining", "Content-Length"}


class Leak(AssertionError):
    """A route did for somebody what it must not do."""


@dataclass(frozen=True)
class Call:
    """One route and method as the URL map has it."""

    method: str
    rule: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def kinds(self) -> list[str]:
        return [kind_of(self.rule, name) for name in _VARIABLE.findall(self.rule)]

    @property
    def is_api(self) -> bool:
        return self.rule.startswith("/api/")


def calls(app: Flask) -> list[Call]:
    """Every route of the application but the platform's own."""
    found = [
        Call(method, rule.rule)
        for rule in app.url_map.iter_rules()
        if not is_platform_endpoint(rule.endpoint)
        for method in _methods(rule)
    ]
    return sorted(found, key=lambda call: (call.rule, call.method))


def check_route(scene: Scene, call: Call, table: Mapping[str, Route]) -> None:
    """Raise `Leak` when any cell of the route's matrix is not as the table says; the scene is as it was made.

    Strangers and underlings stand before the first business; foreign ids and good calls are tried from both.
    """
    route = table.get(call.name)
    if route is None:
        raise Leak(f"{call.name} is not declared in the access table")
    unknown = [kind for kind in call.kinds if kind.startswith("?")]
    if unknown:
        raise Leak(f"{call.name}: say in KINDS what {unknown[0][1:]} names")
    if route.access != PUBLIC:
        _check_strangers(scene, call, route)
    if route.access not in {PUBLIC, SIGNED_IN}:
        _check_underlings(scene, call, route)
    _check_ids(scene, call, route)
    _check_malformed(scene, call, route)
    if call.method != "GET" and scene.digests() != scene.pristine:
        raise Leak(f"{call.name}: a refused call changed rows")
    _check_good_call(scene, call, route)
    if call.method != "GET":
        scene.reset()
    _check_ids(scene.turned, call, route)
    _check_good_call(scene.turned, call, route)


def _check_strangers(scene: Scene, call: Call, route: Route) -> None:
    """Nobody, members of the other business on this host, and a token on a page are sent to the door."""
    strangers = list(_strangers(scene))
    if not call.is_api:
        strangers.append(("a token, on a page", scene.here.program))
    for who, client in strangers:
        for ids in (scene.here.ids, scene.there.ids):
            answer = send(client.twin(), call, route, ids)
            if not (answer.status_code == 401 if call.is_api else _is_door(answer)):
                raise Leak(f"{call.name}: {who} got {told(answer)}")


def _is_door(answer: TestResponse) -> bool:
    return answer.status_code == 303 and (answer.location or "").startswith("/login")


def _strangers(scene: Scene) -> Iterator[tuple[str, HostClient]]:
    here = scene.people.anonymous(scene.here.tenant)
    yield "anonymous", here
    program = HostClient(here.application, here.base_url, scene.there.program.headers)
    yield "a token of the other business", program
    browser = HostClient(here.application, here.base_url, here.headers)
    cookie = scene.there.browser.get_cookie("charsu_session", domain=_host(scene.there.browser))
    if cookie is None:
        raise LookupError("the other business's browser lost its cookie")
    browser.set_cookie("charsu_session", cookie.value, domain=_host(here))
    yield "a session of the other business", browser


def _check_underlings(scene: Scene, call: Call, route: Route) -> None:
    """Who holds every permission but the one is refused, whatever id is named."""
    for client in scene.here.without[route.access]:
        for ids in (scene.here.ids, scene.there.ids):
            answer = send(client, call, route, ids)
            is_program_on_page = not call.is_api and "Authorization" in client.headers
            if not (_is_door(answer) if is_program_on_page else answer.status_code == 403):
                raise Leak(f"{call.name}: without {route.access} one got {told(answer)}")


def _check_ids(scene: Scene, call: Call, route: Route) -> None:
    """The other business's ids answer exactly as ids that nobody has."""
    allowed = _allowed(scene.here, call, route)
    for kind in dict.fromkeys([*call.kinds, *_named(route.body), *_named(route.query)]):
        if kind == "module":
            continue
        answers = []
        for other in (scene.there.ids[kind], RANDOM.get(kind, RANDOM_UUID)):
            answer = send(allowed.twin(), call, route, {**scene.here.ids, kind: other})
            if scene.there.canary in answer.text:
                raise Leak(f"{call.name}: shows the other business: {told(answer)}")
            if kind in call.kinds and answer.status_code not in {
                route.unknown,
                303 if route.may_flash else 404,
            }:
                raise Leak(f"{call.name}: an unknown {kind} got {told(answer)}")
            answers.append(_shape(answer, other))
        if answers[0] != answers[1]:
            raise Leak(f"{call.name}: a foreign {kind} and a random one differ: {answers}")


def _check_malformed(scene: Scene, call: Call, route: Route) -> None:
    """What is no id at all answers as an unknown one."""
    allowed = _allowed(scene.here, call, route)
    if "uuid" in call.rule:
        for value in MALFORMED:
            ids = {kind: value if kind in call.kinds else one for kind, one in scene.here.ids.items()}
            answer = send(allowed, call, route, ids)
            if answer.status_code not in {404, 405}:
                raise Leak(f"{call.name}: the malformed id {value} got {told(answer)}")


def _check_good_call(scene: Scene, call: Call, route: Route) -> None:
    """Who may, can: else the refusals above would prove nothing. The other business stays as it was."""
    answer = send(_allowed(scene.here, call, route), call, route, scene.here.ids)
    is_good = answer.status_code in route.ok if route.ok else answer.status_code < 400
    is_door = (answer.location or "").startswith("/login") and route.access != PUBLIC
    if not is_good or is_door:
        raise Leak(f"{call.name}: who may call it got {told(answer)}")
    if scene.there.canary in answer.text:
        raise Leak(f"{call.name}: shows the other business")
    after = scene.digests()
    if after[1] != scene.pristine[1]:
        raise Leak(f"{call.name}: changed rows of the other business")
    if call.method == "GET" and route.access != PUBLIC and after != scene.pristine:
        raise Leak(f"{call.name}: a GET, or a refused one, changed rows")


def send(client: HostClient, call: Call, route: Route, ids: Mapping[str, str]) -> TestResponse:
    """Call the route with these ids in its path, query and body."""
    path = _VARIABLE.sub(lambda found: ids[kind_of(call.rule, found[1])], call.rule)
    body, query = _filled(route.body, ids), _filled(route.query, ids)
    content = {"json": body} if call.is_api else {"data": body}
    return client.open(path, method=call.method, query_string=query, **(content if body else {}))


def told(answer: TestResponse) -> str:
    """An answer in one line."""
    return f"{answer.status_code} {answer.location or ''} {answer.text[:200]!r}"


def _allowed(side: Side, call: Call, route: Route) -> HostClient:
    if not call.is_api or call.kinds == ["session"] or route.access in {PUBLIC, SIGNED_IN}:
        return side.browser.twin()
    is_enough = call.method == "GET" and not route.asks_more
    return side.only[route.access] if is_enough else side.program


def _shape(answer: TestResponse, value: str) -> tuple[Any, ...]:
    request_id = answer.headers.get("X-Request-Id", "-")
    text = answer.text.replace(request_id, "<request>").replace(value, "<id>")
    headers = sorted(
        # A flash ends a minute from now: of two answers one may be sent a second later.
        (name, re.sub(r"Expires=[^;]*", "Expires", content.replace(value, "<id>")))
        for name, content in answer.headers
        if name not in _IGNORED_HEADERS
    )
    return answer.status_code, headers, text


def _filled(values: Any, ids: Mapping[str, str]) -> Any:
    """The values with ids in place of the kinds they name, in lists too."""
    if isinstance(values, Mapping):
        return {name: _filled(value, ids) for name, value in values.items()}
    if isinstance(values, list):
        return [_filled(value, ids) for value in values]
    return _REFERENCE.sub(lambda found: ids[found[1]], values) if isinstance(values, str) else values


def _named(values: Any) -> list[str]:
    if isinstance(values, Mapping):
        return [kind for value in values.values() for kind in _named(value)]
    if isinstance(values, list):
        return [kind for value in values for kind in _named(value)]
    return _REFERENCE.findall(values) if isinstance(values, str) else []


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def _host(client: HostClient) -> str:
    return client.base_url.split("/")[2].split(":")[0]
