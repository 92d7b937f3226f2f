"""Files on records: as open as the record, never run by a browser."""

import io
import uuid
from typing import Any

import pytest

from charsu.testing.clients import HostClient, People
from charsu_tenants.context import Tenant

API = "/api/v1/garden/plants"
READ, WRITE = "garden.plant.read", "garden.plant.write"


@pytest.fixture
def plant(api: HostClient) -> str:
    return str(api.post(API, json={"title": "Rose", "stage": "seed"}).json["id"])


def send(client: HostClient, plant: str, content: bytes = b"hello", name: str = "a.txt") -> Any:
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    root = f"{API}/{plant}" if "Authorization" in client.headers else f"/garden/plants/{plant}"
    return client.post(
        f"{root}/attachments",
        data=head + content + b"\r\n--edge--\r\n",
        content_type="multipart/form-data; boundary=edge",
    )


def test_a_file_is_kept_and_comes_back_as_it_was(api: HostClient, plant: str) -> None:
    content = bytes(range(256)) * 10_000

    made = send(api, plant, content, "scan.bin")
    back = api.get(f"{API}/{plant}/attachments/{made.json['id']}")

    assert (made.status_code, made.json["byte_count"]) == (201, len(content))
    assert back.data == content
    assert [item["name"] for item in api.get(f"{API}/{plant}/attachments").json["items"]] == ["scan.bin"]


@pytest.mark.parametrize(
    "content", [b"<script>alert(1)</script>", b"<svg onload=alert(1)>", b"%PDF-1.7", b"x"]
)
def test_a_download_is_never_a_page_of_ours(api: HostClient, plant: str, content: bytes) -> None:
    made = send(api, plant, content, "page.html")

    back = api.get(f"{API}/{plant}/attachments/{made.json['id']}")

    assert back.headers["Content-Disposition"].startswith("attachment;")
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in back.headers.getlist("Content-Security-Policy")[0]
    assert "html" not in back.headers["Content-Type"]
    assert "svg" not in back.headers["Content-Type"]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 9, "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        ("سلام".encode(), "text/plain; charset=utf-8"),
        (b"\x00\x01", "application/octet-stream"),
        (b"<html>", "application/octet-stream"),
        (b"PK\x03\x04 broken", "application/zip"),
    ],
)
def test_the_kind_of_a_file_is_found_in_it(
    api: HostClient, plant: str, content: bytes, media_type: str
) -> None:
    assert send(api, plant, content, "liar.jpg").json["media_type"] == media_type


@pytest.mark.parametrize("content", [b"", b"MZ\x90", b"\x7fELF", b"#!/bin/sh"])
def test_programs_and_empty_files_are_refused(api: HostClient, plant: str, content: bytes) -> None:
    assert send(api, plant, content).status_code == 422


def test_ten_megabytes_are_the_most(api: HostClient, plant: str) -> None:
    assert send(api, plant, b"x" * (10 * 1024 * 1024)).status_code == 201
    assert send(api, plant, b"x" * (10 * 1024 * 1024 + 1)).status_code == 422
    assert send(api, plant, b"x" * (12 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\temp\\\\a.txt", "a.txt"),
        ("قرارداد.pdf", "قرارداد.pdf"),
        ("x" * 300 + ".pdf", "x" * 180 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(api: HostClient, plant: str, given: str, kept: str) -> None:
    made = send(api, plant, name=given)

    assert made.json["name"] == kept
    back = api.get(f"{API}/{plant}/attachments/{made.json['id']}")
    assert "\n" not in back.headers["Content-Disposition"]


def test_removed_files_are_gone(api: HostClient, plant: str) -> None:
    made = send(api, plant).json["id"]

    assert api.delete(f"{API}/{plant}/attachments/{made}").status_code == 204
    assert api.get(f"{API}/{plant}/attachments/{made}").status_code == 404
    assert api.get(f"{API}/{plant}/attachments").json["items"] == []


def test_files_are_as_open_as_their_record(
    people: People, tenant: Tenant, api: HostClient, plant: str
) -> None:
    made = send(api, plant).json["id"]
    reader = people.program(people.member(tenant, [READ]))
    stranger = people.program(people.member(tenant, [f"{READ}@own", f"{WRITE}@own"]))
    address = f"{API}/{plant}/attachments"

    assert reader.get(f"{address}/{made}").status_code == 200
    assert send(reader, plant).status_code == 403
    assert reader.delete(f"{address}/{made}").status_code == 403
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}/{made}").status_code == 404
    assert send(stranger, plant).status_code == 404


def test_a_file_is_not_found_under_another_record(api: HostClient, plant: str) -> None:
    made = send(api, plant).json["id"]
    other = api.post(API, json={"title": "Oak", "stage": "seed"}).json["id"]

    assert api.get(f"{API}/{other}/attachments/{made}").status_code == 404
    assert api.get(f"{API}/{uuid.uuid4()}/attachments/{made}").status_code == 404


def test_files_are_added_and_removed_on_pages(client: HostClient, plant: str) -> None:
    assert send(client, plant).status_code == 303
    page = client.get(f"/garden/plants/{plant}/attachments").text
    assert "a.txt" in page

    refused = send(client, plant, b"MZ")

    assert refused.status_code == 422
    assert "Programs can not be attached." in refused.text


def test_no_file_is_refused(api: HostClient, client: HostClient, plant: str) -> None:
    body = {"data": {"other": (io.BytesIO(b"x"), "x")}, "content_type": "multipart/form-data"}

    assert api.post(f"{API}/{plant}/attachments", **body).status_code == 422
