"""Every address that a page of a business full of samples leads or sends to is answered by a route."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from charsu.events import SYSTEM
from charsu.samples import add_samples
from charsu.testing.clients import HostClient, People
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant

#: Pages looked at of one route and one set of parameters: records of one type look alike.
LIKE = 1
#: The ways a part of a page is fetched or sent without a form.
ASKING = {f"hx-{method}": method.upper() for method in ("get", "post", "put", "patch", "delete")}


@dataclass(frozen=True)
class Way:
    """A way on from a page."""

    method: str
    path: str
    page: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} on {self.page}"


class Ways(HTMLParser):
    """Collects the ways on from one page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.found: list[Way] = []
        self._form = "GET"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._form = (given.get("method") or "get").upper()
            self._add(self._form, given.get("action") or self.page)
        if tag == "a":
            self._add("GET", given.get("href"))
        if "formaction" in given:
            self._add(self._form, given["formaction"])
        for name, method in ASKING.items():
            self._add(method, given.get(name))

    def _add(self, method: str, address: str | None) -> None:
        parts = urlsplit(urljoin(f"http://here{self.page}", address or "#"))
        if address and parts.netloc == "here" and not address.startswith("#") and method != "DIALOG":
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            self.found.append(Way(method, path, self.page))


@pytest.fixture
def adapter(application: Crossing) -> MapAdapter:
    return application.tenants.url_map.bind("here")


@pytest.fixture
def owner(people: People, tenant: Tenant, drain: Callable[[], None]) -> HostClient:
    add_samples(tenant, SYSTEM)
    drain()
    return people.browser(people.member(tenant))


def broken(way: Way, adapter: MapAdapter) -> bool:
    """Whether no route answers such a request."""
    try:
        adapter.match(way.path.partition("?")[0], way.method)
    except RequestRedirect:
        return False
    except HTTPException:
        return True
    return False


def kind(path: str, adapter: MapAdapter) -> tuple[object, ...]:
    endpoint, _values = adapter.match(path.partition("?")[0], "GET")
    return endpoint, *sorted({name for name, _value in parse_qsl(path.partition("?")[2])})


def lost_ways(client: HostClient, adapter: MapAdapter) -> Iterator[str]:
    """Follow every link from the dashboard on, and look whether each form has somebody to send to."""
    waiting, seen, looked = deque([Way("GET", "/", "/")]), {("GET", "/")}, Counter[object]()
    while waiting:
        way = waiting.popleft()
        answer = client.get(way.path)
        if answer.status_code in (404, 405) or answer.status_code >= 500:
            yield f"{way}: {answer.status_code}"
        if answer.mimetype != "text/html":
            continue
        ways = Ways(way.path.partition("?")[0])
        ways.feed(answer.text)
        for on in ways.found:
            if on.path.startswith("/static/") or (on.method, on.path) in seen:
                continue
            seen.add((on.method, on.path))
            if broken(on, adapter):
                yield str(on)
            elif on.method == "GET":
                looked[kind(on.path, adapter)] += 1
                if looked[kind(on.path, adapter)] <= LIKE:
                    waiting.append(on)


def test_every_link_and_form_of_every_page_is_answered(owner: HostClient, adapter: MapAdapter) -> None:
    assert sorted(set(lost_ways(owner, adapter))) == []


def test_every_link_and_form_of_the_bare_host_is_answered(site: HostClient, application: Crossing) -> None:
    assert sorted(set(lost_ways(site, application.site.url_map.bind("here")))) == []
