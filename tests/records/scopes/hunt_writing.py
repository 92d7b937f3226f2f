"""The hunt for writes out of bounds: every route that changes one record, named another's."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from flask import Flask
from isolation import kit_table
from isolation.access_table import ROUTES
from isolation.rows import Route
from werkzeug.test import TestResponse

from charsu.testing.snapshots import Snapshot, digest, restore_snapshot, take_snapshot

from .forms import FormValues
from .hunt import Leak, plain, rules_of
from .scene import ScopeScene, Told, words_in

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
#: What their forms propose is the column, or the day, that the record stands in already.
_STAYS = ("/board/<uuid:record_id>/move", "/calendar/<uuid:record_id>/move")


class Rows:
    """The rows of the business and its neighbourhood, brought back after each good call."""

    def __init__(self, scene: ScopeScene) -> None:
        self.scene = scene
        database = scene.people.runtime.database
        self.snapshot: Snapshot = take_snapshot(database, ["control", "bus", scene.tenant.schema])
        self.before = self.digest()

    def digest(self) -> str:
        return digest(self.scene.people.runtime.database, self.scene.tenant)

    def restore(self) -> None:
        restore_snapshot(self.scene.people.runtime.database, self.snapshot)


def hunt_writing(scene: ScopeScene, app: Flask) -> None:
    """Name another's record to every route that changes one; raise `Leak` where it does or tells anything.

    On the kit's routes every record in scope is changed first, the reader's own and under team scope her
    teammate's: else the refusals would prove nothing. What a module's own route takes stands in the table of
    the walls between businesses.
    """
    rows = Rows(scene)
    for method, rule, route in _routes_of_one(scene, app):
        for told in scene.visible if isinstance(route, kit_table.KitRoute) else ():
            body = _body(scene, rule, route, told)
            _check_change(scene, f"{method} {rule}", told, _send(scene, method, rule, body, told), route)
            is_done = bool(route.ok) or rule.endswith(_STAYS) or rows.digest() != rows.before
            if not is_done:
                raise Leak(f"{method} {rule}: did nothing to a record in scope")
            rows.restore()
        body = _body(scene, rule, route, scene.records["mine"])
        for told in scene.invisible:
            _check_refusal(scene, f"{method} {rule}", told, _send(scene, method, rule, body, told), route)
        if rows.digest() != rows.before:
            raise Leak(f"{method} {rule}: changed a record out of scope")


def _check_change(
    scene: ScopeScene, name: str, told: Told, answer: TestResponse, route: kit_table.KitRoute | Route
) -> None:
    if answer.status_code >= 400 and answer.status_code not in route.ok:
        raise Leak(f"{name}: {told.name}, in scope, got {answer.status_code} {answer.text[:300]}")
    leaked = words_in(plain(answer), scene.forbidden())
    if leaked:
        raise Leak(f"{name}: the answer about {told.name} tells {', '.join(leaked)}")


def _check_refusal(
    scene: ScopeScene, name: str, told: Told, answer: TestResponse, route: kit_table.KitRoute | Route
) -> None:
    # A module's own route may ask for another permission, or find fault with the body first.
    own = {route.unknown, 403, 422, 303}
    expected = {route.unknown} if isinstance(route, kit_table.KitRoute) else own
    if answer.status_code not in expected:
        raise Leak(f"{name}: another's record got {answer.status_code} {answer.text[:300]}")
    leaked = words_in(plain(answer), scene.forbidden() - {told.id})
    if leaked:
        raise Leak(f"{name}: tells {', '.join(leaked)}")


def _routes_of_one(scene: ScopeScene, app: Flask) -> Iterator[tuple[str, str, kit_table.KitRoute | Route]]:
    path = scene.record_type.path
    for method, rule in rules_of(app, scene.record_type):
        if method == "GET" or _VARIABLE.findall(rule) != ["record_id"]:
            continue
        table = kit_table.API if rule.startswith("/api/") else kit_table.PAGES
        tail = rule.removeprefix("/api/v1").removeprefix(path)
        route = table.get(f"{method} {tail}") or ROUTES.get(f"{method} {rule}")
        if route is None:
            raise Leak(f"{method} {rule} is in no table")
        if tail not in kit_table.BINNED:
            yield method, rule, route


def _body(scene: ScopeScene, rule: str, route: kit_table.KitRoute | Route, told: Told) -> dict[str, Any]:
    """What is sent: of a form what this record, which is in scope, shows in it, with another name."""
    body = route.body(scene.record_type) if callable(route.body) else route.body
    if rule.startswith("/api/") or not body or isinstance(route, Route):
        return dict(body)
    page = scene.browser.get(_VARIABLE.sub(told.id, rule))
    title = scene.record_type.title_field
    if page.status_code != 200:
        # It has no form of its own: its button stands on another page.
        return dict(body)
    return {**FormValues(page.text).values, title: body.get(title, "x")}


def _send(scene: ScopeScene, method: str, rule: str, body: dict[str, Any], told: Told) -> TestResponse:
    path = _VARIABLE.sub(told.id, rule)
    client = scene.program if rule.startswith("/api/") else scene.browser
    if rule.endswith("/attachments"):
        return client.open(path, method=method, data={"file": (BytesIO(b"text"), "a.txt")})
    if rule.startswith("/api/"):
        return scene.program.open(path, method=method, **({"json": body} if body else {}))
    return scene.browser.open(path, method=method, data=body)
