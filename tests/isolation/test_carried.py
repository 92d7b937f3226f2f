"""What one business gave out, carried to the other: keys of writes, cursors, views, and to the bare host."""

from collections.abc import Iterator
from typing import Any

import pytest

from charsu.api.idempotency import HEADER, REPLAYED
from charsu.testing.clients import HostClient
from charsu.web.crossing import Crossing

from .access_table import ROUTES
from .calls import Call, calls, send
from .kit_table import kit_types
from .matrix import told
from .scene import RANDOM_UUID, Scene


def test_key_of_a_write_next_door_is_a_new_one_here(scene: Scene, write: Call) -> None:
    call, route = write, ROUTES[write.name]
    for side in scene.sides:
        for client in (side.there.program, side.here.program):
            client.headers[HEADER] = "the-same-for-all"
        try:
            first = send(side.there.program, call, route, side.there.ids)
            answer = send(side.here.program, call, route, side.here.ids)
        finally:
            for client in (side.there.program, side.here.program):
                del client.headers[HEADER]
        assert answer.status_code == first.status_code, told(answer)
        assert REPLAYED not in answer.headers
        assert side.there.canary not in answer.text
        scene.watch.reset()


def paged(scene: Scene) -> Iterator[tuple[Call, str]]:
    """Every list of the API with more than one entry, and the cursor of its second page."""
    for call in calls(scene.people.application.tenants):
        if call.is_api and call.method == "GET" and call.rule.count("<") == 0:
            query = {**ROUTES[call.name].query, "limit": "1"}
            answer = scene.here.program.get(call.rule, query_string=query)
            found = answer.json if answer.is_json else None
            if isinstance(found, dict) and found.get("next_cursor"):
                yield call, found["next_cursor"]


def test_cursor_of_the_other_business_leads_through_ones_own_entries_alone(scene: Scene) -> None:
    for side in scene.sides:
        lists = list(paged(side.turned))
        assert len(lists) >= 5
        for call, cursor in lists:
            answer = side.here.program.get(call.rule, query_string={"limit": "1", "cursor": cursor})
            assert answer.status_code in {200, 400, 404, 422}, f"{call.name}: {told(answer)}"
            assert side.there.canary not in answer.text, call.name
            assert scene.watch.changed() == []


@pytest.mark.parametrize("key", [key for key, item in kit_types().items() if "read" in item.verbs])
def test_saved_view_of_the_other_business_is_like_one_that_nobody_has(scene: Scene, key: str) -> None:
    path = kit_types()[key].path
    for side in scene.sides:
        view = side.there.ids[f"{key}.view"]
        for client, address in ((side.here.browser, path), (side.here.program, f"/api/v1{path}")):
            foreign, nobodys = (
                client.get(address, query_string={"view": one}) for one in (view, RANDOM_UUID)
            )
            assert foreign.status_code == nobodys.status_code, told(foreign)
            assert side.there.canary not in foreign.text


def carriers(scene: Scene) -> dict[str, HostClient]:
    """Nobody, and the owner by her session and by her token, on the bare host."""
    site = scene.people.site()
    with_session, with_token = site.twin(), site.twin()
    cookie = next(iter((scene.here.browser._cookies or {}).values()))
    with_session.set_cookie(cookie.key, cookie.value, domain=site.base_url.split("/")[2].split(":")[0])
    with_token.headers = {**site.headers, **scene.here.program.headers}
    return {"nobody": site, "session": with_session, "token": with_token}


def test_bare_host_knows_nobody_by_what_a_business_gave_her(scene: Scene) -> None:
    app = scene.people.application
    assert isinstance(app, Crossing)
    for side in scene.sides:
        for call in calls(app.site):
            path = call.rule.replace("<secret>", side.here.ids["secret"]).replace(
                "<uuid:mail_id>", RANDOM_UUID
            )
            shown: dict[str, Any] = {}
            for who, client in carriers(side).items():
                answer = client.twin().open(path, method=call.method)
                assert answer.status_code < 500, f"{call.name}: {told(answer)}"
                assert side.here.canary not in answer.text, call.name
                shown[who] = (answer.status_code, answer.location)
            assert len(set(shown.values())) == 1, f"{call.name}: {shown}"
            assert scene.watch.changed() == [], call.name


def test_what_the_platform_says_of_itself_on_a_host_names_no_business(scene: Scene) -> None:
    for side in scene.sides:
        for path in ("/healthz", "/readyz", "/metrics"):
            answer = side.here.program.get(path)
            for each in (side.here, side.there):
                assert each.canary not in answer.text
                assert str(each.tenant.slug) not in answer.text
                assert each.tenant.schema not in answer.text
