"""One route as a request: its method and rule, with ids in its path, query and body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from charsu.testing.clients import HostClient
from charsu.web.access import is_platform_endpoint

from .access_table import kind_of
from .rows import Route

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_REFERENCE = re.compile(r"\{([\w.]+)\}")


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
        """What the variable parts of its path name."""
        return [kind_of(self.rule, name) for name in _VARIABLE.findall(self.rule)]

    @property
    def is_api(self) -> bool:
        return self.rule.startswith("/api/")

    def named(self, route: Route) -> list[str]:
        """The kinds of all ids it names, in path, body and query; a module is nobody's own."""
        found = dict.fromkeys([*self.kinds, *_references(route.body), *_references(route.query)])
        return [kind for kind in found if kind != "module"]


def calls(app: Flask) -> list[Call]:
    """Every route of the application but the platform's own."""
    found = [
        Call(method, rule.rule)
        for rule in app.url_map.iter_rules()
        if not is_platform_endpoint(rule.endpoint)
        for method in _methods(rule)
    ]
    return sorted(found, key=lambda call: (call.rule, call.method))


def send(client: HostClient, call: Call, route: Route, ids: Mapping[str, str]) -> TestResponse:
    """Call the route with these ids in its path, query and body."""
    path = _VARIABLE.sub(lambda found: ids[kind_of(call.rule, found[1])], call.rule)
    body, query = filled(route.body, ids), filled(route.query, ids)
    content = {"json": body} if call.is_api else {"data": body}
    return client.open(path, method=call.method, query_string=query, **(content if body else {}))


def filled(values: Any, ids: Mapping[str, str]) -> Any:
    """The values with ids in place of the kinds they name, in lists too."""
    if isinstance(values, Mapping):
        return {name: filled(value, ids) for name, value in values.items()}
    if isinstance(values, list):
        return [filled(value, ids) for value in values]
    return _REFERENCE.sub(lambda found: ids[found[1]], values) if isinstance(values, str) else values


def _references(values: Any) -> list[str]:
    if isinstance(values, Mapping):
        return [kind for value in values.values() for kind in _references(value)]
    if isinstance(values, list):
        return [kind for value in values for kind in _references(value)]
    return _REFERENCE.findall(values) if isinstance(values, str) else []


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
