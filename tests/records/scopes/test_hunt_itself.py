"""The hunt is worth what it catches: routes that leak on purpose, each in another way."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import request
from sqlalchemy import select

from charsu.api import ApiBlueprint
from charsu.db import db
from charsu.plugins.manifest import Manifest
from charsu.process import Runtime, use_runtime
from charsu.records.access import access_of_request
from charsu.records.reading import get_record
from charsu.records.schemas import answered
from charsu.testing.clients import People, application_of
from charsu.testing.planting import make_plugin, plant, turn_on
from charsu.web.access import requires
from charsu_crm_core.records import CUSTOMER
from charsu_tenants.context import Tenant

from .hunt import Leak, check, questions, rules_of
from .hunt_asking import Ask, check_ask
from .scene import Scope, build

READ, WRITE = CUSTOMER.permission("read"), CUSTOMER.permission("write")
ROOT = "/api/v1/leaky"
Hunt = Callable[[Callable[..., Any], Scope], None]


def rows(*criteria: Any) -> list[Any]:
    return list(db.session.execute(select(CUSTOMER.model).where(*criteria)).scalars())


def shown(found: list[Any]) -> dict[str, Any]:
    fields = access_of_request(CUSTOMER).readable(CUSTOMER.all_fields)
    return {"items": [answered(one, fields) for one in found]}


def honest() -> dict[str, Any]:
    return shown(rows(*access_of_request(CUSTOMER).criteria(CUSTOMER.model)))


def honest_one(record_id: UUID) -> dict[str, Any]:
    access = access_of_request(CUSTOMER)
    found = get_record(db.session(), CUSTOMER, access, record_id)
    return answered(found, access.readable(CUSTOMER.all_fields))


def past_the_scope() -> dict[str, Any]:
    return shown(rows())


def ids_past_the_scope() -> dict[str, Any]:
    return {"items": [str(one.id) for one in rows()]}


def past_the_fields() -> dict[str, Any]:
    found = rows(*access_of_request(CUSTOMER).criteria(CUSTOMER.model))
    return {"items": [answered(one, CUSTOMER.all_fields) for one in found]}


def found_by_hidden_words() -> dict[str, Any]:
    """Shows only what it may, but finds by what it may not show."""
    model: Any = CUSTOMER.model
    word = request.args.get("search", "")
    return shown(rows(model.note.contains(word), *access_of_request(CUSTOMER).criteria(model)))


def sorted_by_hidden_values() -> dict[str, Any]:
    model: Any = CUSTOMER.model
    order = model.note.desc() if request.args.get("sort", "").startswith("-") else model.note.asc()
    statement = select(model).where(*access_of_request(CUSTOMER).criteria(model)).order_by(order)
    return shown(list(db.session.execute(statement).scalars()))


def one_past_the_scope(record_id: UUID) -> dict[str, Any]:
    model: Any = CUSTOMER.model
    return shown(rows(model.id == record_id))


def fails_loudly() -> dict[str, Any]:
    raise RuntimeError(str([one.full_name for one in rows()]))


def previews_past_the_fields() -> dict[str, Any]:
    return past_the_fields()


def previews_past_the_scope() -> dict[str, Any]:
    return past_the_scope()


def matches_by_hidden_words() -> dict[str, Any]:
    """Shows only what it may, but those whose hidden value was sent."""
    model: Any = CUSTOMER.model
    word = str((request.get_json(silent=True) or {}).get("note"))
    return shown(rows(model.note.contains(word), *access_of_request(CUSTOMER).criteria(model)))


def previews_honestly() -> dict[str, Any]:
    return honest()


LISTS = (
    *(honest, past_the_scope, ids_past_the_scope, past_the_fields),
    *(found_by_hidden_words, sorted_by_hidden_values, fails_loudly),
)
PREVIEWS = (
    *(previews_honestly, previews_past_the_fields),
    *(previews_past_the_scope, matches_by_hidden_words),
)
ONES = (honest_one, one_past_the_scope)


def rule_of(view: Callable[..., Any]) -> str:
    return f"{ROOT}/{view.__name__}" + ("/<uuid:record_id>" if view in ONES else "")


@pytest.fixture(scope="module")
def planted(kit: Any) -> Runtime:
    rest = ApiBlueprint("leaky_api", __name__)
    for view in (*LISTS, *ONES):
        rest.route(rule_of(view).removeprefix(ROOT))(requires(READ)(rest.answers(200)(view)))
    for view in PREVIEWS:
        path = rule_of(view).removeprefix(ROOT)
        rest.route(path, methods=["POST"])(requires(WRITE)(rest.answers(200)(view)))
    plugin = make_plugin(
        Manifest(name="leaky", title="Leaky", summary="Leaks.", version="0", path="leaky"),
        api=lambda: [rest],
    )
    planted = plant(kit.runtime, plugin)
    assert not planted.plugins.quarantined
    return planted


@pytest.fixture
def hunt(planted: Runtime, tenant: Tenant) -> Iterator[Hunt]:
    """`hunt(view, scope)`: ask the view's route what the hunt asks of every route."""
    with use_runtime(planted):
        turn_on(planted, tenant, "leaky")
        application = application_of(planted)

        def ask(view: Callable[..., Any], scope: Scope) -> None:
            scene = build(People(planted, application), tenant, CUSTOMER, scope)
            if view in PREVIEWS:
                word = scene.records["mine"].hidden[0]
                check_ask(scene, Ask(rule_of(view), {"note": word}, {"note": "zqnobodyhush"}))
                return
            assert ("GET", rule_of(view)) in rules_of(application.tenants, CUSTOMER, ROOT)
            for question in questions(scene, rule_of(view)):
                check(scene, question)

        yield ask


@pytest.mark.parametrize("view", [honest, honest_one, previews_honestly])
def test_honest_route_passes(hunt: Hunt, view: Callable[..., Any]) -> None:
    hunt(view, "team")


@pytest.mark.parametrize(
    ("view", "scope", "complaint"),
    [
        (past_the_scope, "team", "shows .*zqothersname"),
        (past_the_scope, "own", "shows .*zqmatesname"),
        (ids_past_the_scope, "own", "shows"),
        (one_past_the_scope, "team", "shows .*zqothersname"),
        (past_the_fields, "all", "shows .*hush"),
        (found_by_hidden_words, "all", "but for nobody's"),
        (sorted_by_hidden_values, "all", "but for nobody's"),
        (fails_loudly, "own", "500"),
        (previews_past_the_fields, "all", "shows .*hush"),
        (previews_past_the_scope, "team", "shows .*zqothersname"),
        (matches_by_hidden_words, "all", "but for nobody's"),
    ],
)
def test_leak_is_caught(hunt: Hunt, view: Callable[..., Any], scope: Scope, complaint: str) -> None:
    with pytest.raises(Leak, match=complaint):
        hunt(view, scope)
