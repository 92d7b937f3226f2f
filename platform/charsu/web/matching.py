"""Finding the route of a request: plain addresses by one look into a table, all others by Werkzeug."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Request
from werkzeug.routing import Map, MapAdapter, Rule

#: Rules without places by method and path.
PlainRules = Mapping[tuple[str, str], Rule]


def plain_rules(rules: Iterable[Rule]) -> PlainRules:
    """The rules whose path is one fixed text and that no other rule shares.

    Werkzeug tries fixed parts before places too, so the table gives what it would give.
    """
    found: dict[tuple[str, str], Rule] = {}
    shared: set[tuple[str, str]] = set()
    for rule in rules:
        if rule.arguments or rule.redirect_to is not None or rule.websocket or rule.build_only or rule.alias:
            continue
        for method in rule.methods or ():
            key = method, rule.rule
            if key in found:
                shared.add(key)
            found[key] = rule
    return {key: rule for key, rule in found.items() if key not in shared}


class QuickAdapter(MapAdapter):
    """Werkzeug's adapter of one request, which looks into the table first."""

    def __init__(self, urls: Map, plain: PlainRules, request: Request) -> None:
        environ = request.environ
        super().__init__(
            urls,
            server_name=request.host.lower(),
            script_name=environ.get("SCRIPT_NAME") or "/",
            subdomain=urls.default_subdomain or "",
            url_scheme=environ["wsgi.url_scheme"],
            path_info=request.path if environ.get("PATH_INFO") else "",
            default_method=request.method,
            query_args=request.query_string.decode(errors="replace"),
        )
        self._plain = plain

    def match(self, *args: Any, **options: Any) -> Any:
        """As Werkzeug's; Flask asks for the rule of the request itself."""
        if not args and options == {"return_rule": True}:
            rule = self._plain.get((self.default_method, self.path_info))
            if rule is not None:
                return rule, {}
        return super().match(*args, **options)
