"""Files under `/static`: typed for certain, cached by what they are, and nothing outside of the folder."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from charsu.runtime import Runtime
from charsu.server.bodies import Readers
from charsu.server.intake import Intake
from charsu.server.static_files import MEDIA_TYPES, StaticFiles
from charsu.testing.clients import application_of
from charsu.ui.assets import STATIC_FOLDER
from charsu.web.headers import security_headers

Ask = Callable[..., TestResponse]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.js").write_text("let a;")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "static"


@pytest.fixture
def ask(runtime: Runtime, folder: Path) -> Ask:
    files = StaticFiles(folder, security_headers(runtime.settings, is_site=False))
    client = Client(Intake(application_of(runtime), Readers(), files))
    return lambda path, method="GET", **headers: client.open(
        path, method=method, base_url="http://charsu.localhost", headers=headers
    )


def test_a_file_is_sent_with_its_type_and_the_strict_headers(ask: Ask) -> None:
    answer = ask("/static/a.js?v=0123456789")

    assert (answer.status_code, answer.text) == (200, "let a;")
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "max-age=3600"
    assert "Set-Cookie" not in answer.headers


def test_what_the_browser_has_is_not_sent_again(ask: Ask, folder: Path) -> None:
    tag = ask("/static/a.js").headers["ETag"]

    again = ask("/static/a.js", **{"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)

    (folder / "a.js").write_text("let b;")
    os.utime(folder / "a.js", ns=(1, 1))
    changed = ask("/static/a.js", **{"If-None-Match": tag})
    assert (changed.status_code, changed.text) == (200, "let b;")


@pytest.mark.parametrize(
    "path", ["../secret.txt", "%2e%2e/secret.txt", "/etc/passwd", "", "none.js", "%00", "."]
)
def test_nothing_outside_of_the_folder_is_found(ask: Ask, path: str) -> None:
    answer = ask(f"/static/{path}")

    assert answer.status_code in {404, 308}
    assert "secret" not in answer.text


def test_files_are_only_read(ask: Ask) -> None:
    assert ask("/static/a.js", method="HEAD").data == b""
    assert ask("/static/a.js", method="DELETE").status_code == 405


def test_every_file_we_ship_has_a_known_type() -> None:
    shipped = {path.suffix for path in STATIC_FOLDER.rglob("*") if path.is_file()}

    assert shipped <= MEDIA_TYPES.keys()
