"""The pages and the API of imports, from the file to taking it back."""

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

from .workbooks import workbook

FILE = "Name,Phone,Stage\nRose,09121234567,seed\nOak,12,tree\n"
START = "/garden/plants/import"


def upload(client: HostClient, content: bytes | str = FILE, name: str = "plants.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--edge--\r\n"
    return client.post(START, data=body, content_type="multipart/form-data; boundary=edge")


@pytest.fixture
def draft(client: HostClient) -> str:
    response = upload(client)
    assert response.status_code == 303, response.text
    return str(response.location)


def form(**more: Any) -> dict[str, Any]:
    return {"field-0": "title", "field-1": "phone", "field-2": "stage", "match": "phone", **more}


def test_an_import_goes_from_the_file_to_its_outcome_and_back(
    client: HostClient, draft: str, drain: Callable[[], None]
) -> None:
    columns = client.get(draft).text
    assert re.search(r'name="field-0".*?value="title" selected', columns, re.DOTALL)

    assert client.post(f"{draft}/columns", data=form()).location == draft
    preview = client.get(draft).text
    assert "This is not a valid phone number." in preview
    assert client.post(f"{draft}/start").location == draft
    assert "1s" in client.get(draft).text
    drain()
    outcome = client.get(draft).text
    assert "Take it all back" in outcome
    refused = client.get(f"{draft}/refused.csv")
    assert refused.data.decode("utf-8-sig").splitlines() == [
        "Name,Phone,Stage,Reason",
        "Oak,12,tree,Phone: This is not a valid phone number.",
    ]
    assert refused.headers["Content-Disposition"].startswith("attachment")

    client.post(f"{draft}/reversal")
    drain()

    assert "Everything is as it was before" in client.get(draft).text


def test_a_file_that_brings_nothing_offers_another_file_and_no_start(client: HostClient) -> None:
    draft = upload(client, "Name,Phone,Stage\nOak,12,tree\n").location
    client.post(f"{draft}/columns", data=form())

    preview = client.get(draft).text

    assert "there is nothing to import" in preview
    assert f'action="{draft}/start"' not in preview


def test_the_mapping_is_remembered_for_the_next_file_with_these_columns(
    client: HostClient, draft: str
) -> None:
    client.post(f"{draft}/columns", data=form(**{"field-2": "", "mode-0": "fill", "default-stage": "tree"}))

    again = client.get(upload(client).location).text

    assert re.search(r'name="mode-0".*?value="fill" selected', again, re.DOTALL)
    assert not re.search(r'name="field-2".*?value="stage" selected.*?name="mode-2"', again, re.DOTALL)


def test_progress_is_a_fragment_and_ends_with_a_redirect(
    client: HostClient, draft: str, drain: Callable[[], None]
) -> None:
    client.post(f"{draft}/columns", data=form())
    client.post(f"{draft}/start")
    partial = {"HX-Request-Type": "partial"}

    running = client.get(f"{draft}/progress", headers=partial)
    drain()
    over = client.get(f"{draft}/progress", headers=partial)

    assert "c-progress" in running.text
    assert (over.status_code, over.headers["HX-Redirect"]) == (204, draft)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"%PDF-1.7", b"\x00\x01\x02" * 100, b"Name\n"]
)
def test_a_file_that_is_no_table_is_refused_on_the_page(client: HostClient, content: bytes) -> None:
    response = upload(client, content)

    assert response.status_code == 422
    assert "c-notice is-bad" in response.text


def test_a_file_beyond_the_limit_is_refused(client: HostClient) -> None:
    assert upload(client, b"a" * 21 * 1024 * 1024).status_code == 413


def test_no_file_at_all_is_refused(client: HostClient) -> None:
    assert client.post(START, data={}).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"field-0": "nonsense"},
        {"field-0": "", "field-1": "", "field-2": "", "match": ""},
        {"field-0": "title", "field-1": "title"},
        {"match": "title"},
        {"rows": "some"},
        {"mode-0": "destroy"},
        {"field-0": "done_at"},
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(
    client: HostClient, draft: str, wrong: dict[str, str]
) -> None:
    assert client.post(f"{draft}/columns", data=form(**wrong)).status_code == 422


def test_a_workbook_with_sheets_lets_one_choose(client: HostClient) -> None:
    location = upload(client, workbook(["Name"], ["Rose"]), "p.xlsx").location

    assert client.post(f"{location}/sheet", data={"sheet": "nonsense"}).status_code == 422
    assert client.post(f"{location}/sheet", data={"sheet": "مشتریان"}).status_code == 303


def test_an_import_can_not_be_started_twice_nor_taken_back_before_its_end(
    client: HostClient, draft: str
) -> None:
    assert client.post(f"{draft}/start").status_code == 303
    assert client.post(f"{draft}/start").status_code == 409
    assert client.post(f"{draft}/reversal").status_code == 409
    assert client.post(f"{draft}/columns", data=form()).status_code == 409


def test_importing_needs_its_permission_and_writing(people: People, tenant: Tenant) -> None:
    reader = people.browser(people.member(tenant, ["garden.plant.read", "garden.plant.write"]))
    importer = people.browser(people.member(tenant, ["garden.plant.read", "garden.plant.import"]))

    assert reader.get(START).status_code == 403
    assert upload(reader).status_code == 403
    assert upload(importer).status_code == 403


def test_ones_own_imports_are_seen_by_oneself_alone(people: People, tenant: Tenant, draft: str) -> None:
    own = ["garden.plant.import@own", "garden.plant.write@own"]
    stranger = people.browser(people.member(tenant, own))

    assert stranger.get(draft).status_code == 404
    assert stranger.post(f"{draft}/start").status_code == 404


def test_fields_closed_to_a_person_can_not_be_filled(people: People, tenant: Tenant) -> None:
    permissions = ["garden.plant.import", "garden.plant.write"]
    rules: Any = {"garden.plant": {"phone": "read"}}
    person = people.browser(people.member(tenant, permissions, rules))
    location = upload(person).location

    assert 'value="phone"' not in person.get(location).text
    assert person.post(f"{location}/columns", data=form()).status_code == 422


def test_programs_import_by_the_api(api: HostClient, drain: Callable[[], None]) -> None:
    address = "/api/v1/garden/plants/imports"
    body = {"file": (io.BytesIO(FILE.encode()), "p.csv"), "options": '{"match": ["phone"]}'}

    made = api.post(address, data=body, content_type="multipart/form-data")
    assert (made.status_code, made.json["preview"]["counts"]) == (201, {"create": 1, "refuse": 1})
    one = f"{address}/{made.json['id']}"
    changed = api.patch(one, json={"defaults": {"note": "from a script"}})
    started = api.post(f"{one}/start", json={})
    drain()
    done = api.get(one)
    undone = api.post(f"{one}/reversal", json={})
    drain()

    assert (changed.status_code, started.status_code, undone.status_code) == (200, 202, 202)
    assert (done.json["state"], done.json["counts"]) == ("done", {"create": 1, "refuse": 1})
    assert done.json["refused"][0]["row"] == 3
    assert api.get(one).json["state"] == "undone"


def test_an_upload_is_done_once_under_one_key(api: HostClient) -> None:
    address = "/api/v1/garden/plants/imports"

    def send() -> Any:
        body = {"file": (io.BytesIO(FILE.encode()), "p.csv")}
        content = {"content_type": "multipart/form-data; boundary=b", "headers": {"Idempotency-Key": "k1"}}
        return api.post(address, data=body, **content)

    assert send().status_code == 201


@pytest.mark.parametrize("options", ["{", "[]", '{"columns": 1}', '{"rows": "x"}', '{"match": ["title"]}'])
def test_wrong_options_of_the_api_are_refused_and_keep_nothing(api: HostClient, options: str) -> None:
    body = {"file": (io.BytesIO(FILE.encode()), "p.csv"), "options": options}

    made = api.post("/api/v1/garden/plants/imports", data=body, content_type="multipart/form-data")

    assert made.status_code == 422


def test_a_field_is_made_for_a_column_and_stands_at_it_when_one_comes_back(client: HostClient) -> None:
    here = upload(client, "Name,متراژ\nRose,120\n").location
    link = re.search(r'href="(/settings/fields/new[^"]+)"', client.get(here).text)
    assert link

    form = client.get(unescape(link[1])).text
    hidden = dict(re.findall(r'type="hidden" name="(type|next)" value="([^"]*)"', form))
    assert 'value="متراژ"' in form
    values = {name: unescape(value) for name, value in hidden.items()}
    made = client.post("/settings/fields/new", data={**values, "title": "متراژ", "kind": "number"})

    page = client.get(made.location).text
    select = page[page.index('name="field-1"') :]
    assert re.search(r"<option[^>]* selected>متراژ</option>", select[: select.index("</select>")])
