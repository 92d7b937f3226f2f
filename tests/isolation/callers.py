"""Everybody who may call a route of one business, and how those are told who may not."""

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.test import TestResponse

from charsu.testing.clients import HostClient

from .calls import Call
from .rows import PUBLIC, SIGNED_IN, Route
from .scene import Scene, Side


@dataclass(frozen=True)
class Caller:
    """A client, and in words who comes by it."""

    who: str
    client: HostClient


@dataclass(frozen=True)
class Refused:
    """A caller who is to be refused, and whether an answer does that."""

    caller: Caller
    is_refusal: Callable[[TestResponse], bool]


def strangers(scene: Scene, call: Call) -> list[Refused]:
    """Nobody, members of the other business on this host, a token on a page: all are sent to the door."""
    found = [
        Caller("anonymous", scene.people.anonymous(scene.here.tenant)),
        Caller("a token of the other business", _token_of_there(scene)),
        Caller("a session of the other business", _session_of_there(scene)),
    ]
    if not call.is_api:
        found.append(Caller("a token, on a page", scene.here.program))
    return [Refused(caller, _is_unknown if call.is_api else _is_door) for caller in found]


def underlings(scene: Scene, call: Call, route: Route) -> list[Refused]:
    """A member and a token that hold every permission but the route's."""
    browser, program = scene.here.without[route.access]
    return [
        Refused(Caller(f"a member without {route.access}", browser), _is_forbidden),
        Refused(
            Caller(f"a token without {route.access}", program), _is_forbidden if call.is_api else _is_door
        ),
    ]


def allowed(side: Side, call: Call, route: Route) -> list[Caller]:
    """The admin in her browser; on the API also a token, with the one scope where that is enough."""
    admin = Caller("the admin", side.browser)
    if not call.is_api or call.kinds == ["session"] or route.access == PUBLIC:
        return [admin]
    is_enough = call.method == "GET" and not route.asks_more and route.access != SIGNED_IN
    token = side.only[route.access] if is_enough else side.program
    return [Caller("a token with the scope", token), admin]


def _token_of_there(scene: Scene) -> HostClient:
    here = scene.people.anonymous(scene.here.tenant)
    return HostClient(here.application, here.base_url, scene.there.program.headers)


def _session_of_there(scene: Scene) -> HostClient:
    here = scene.people.anonymous(scene.here.tenant)
    cookie = scene.there.browser.get_cookie("charsu_session", domain=_host(scene.there.browser))
    if cookie is None:
        raise LookupError("the other business's browser lost its cookie")
    here.set_cookie("charsu_session", cookie.value, domain=_host(here))
    return here


def _is_unknown(answer: TestResponse) -> bool:
    return answer.status_code == 401


def _is_forbidden(answer: TestResponse) -> bool:
    return answer.status_code == 403


def _is_door(answer: TestResponse) -> bool:
    return answer.status_code == 303 and (answer.location or "").startswith("/login")


def _host(client: HostClient) -> str:
    return client.base_url.split("/")[2].split(":")[0]
