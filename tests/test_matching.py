"""The table of plain addresses gives what Werkzeug would give."""

import pytest
from flask import Request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.test import EnvironBuilder

from charsu.web.matching import QuickAdapter, plain_rules

RULES = (
    ("/", "home", ["GET"]),
    ("/customers", "list", ["GET"]),
    ("/customers", "create", ["POST"]),
    ("/customers/new", "new", ["GET"]),
    ("/customers/<name>", "one", ["GET", "PATCH"]),
    ("/folder/", "folder", ["GET"]),
    ("/<path:rest>", "rest", ["DELETE"]),
)


@pytest.fixture
def urls():
    return Map([Rule(path, endpoint=endpoint, methods=methods) for path, endpoint, methods in RULES])


def outcome(match):
    try:
        rule, values = match()
    except RequestRedirect as redirect:
        return redirect.new_url
    except (NotFound, MethodNotAllowed) as error:
        return type(error), sorted(getattr(error, "valid_methods", None) or ())
    return rule.endpoint, values


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "",
            "/customers",
            "/customers/",
            "//customers",
            "/customers/new",
            "/customers/سلام",
            "/nothing",
        ),
        *("/folder", "/folder/", "/customers//new", "/a/b"),
    ],
)
def test_the_table_and_werkzeug_agree(urls, method, path):
    environ = EnvironBuilder(path=path or "/", method=method, query_string="a=1&b=%D8%B3").get_environ()
    environ["PATH_INFO"] = path.encode().decode("latin1")
    quick = QuickAdapter(urls, plain_rules(urls.iter_rules()), Request(environ))
    plain = urls.bind_to_environ(environ)

    assert outcome(lambda: quick.match(return_rule=True)) == outcome(lambda: plain.match(return_rule=True))
    assert quick.build("one", {"name": "الف"}) == plain.build("one", {"name": "الف"})


def test_only_rules_of_their_own_are_in_the_table(urls):
    urls.add(Rule("/customers", endpoint="another", methods=["POST"]))

    table = plain_rules(urls.iter_rules())

    assert ("GET", "/customers") in table
    assert ("POST", "/customers") not in table
    assert not any("<" in path for _method, path in table)
