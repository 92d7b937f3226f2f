"""Settings: what the environment may say, and the one line that tells what it may not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from charsu.settings import BadSetting, Settings, load_settings, private_text

GOOD_KEY = "0123456789abcdef0123456789abcdefXYZ"


def load(tmp_path: Path, **environ: str) -> Settings:
    return load_settings({"CHARSU_DATA_DIR": str(tmp_path / "data"), **environ})


def test_an_empty_environment_is_a_laptop(tmp_path: Path) -> None:
    settings = load(tmp_path)

    assert settings.base_url == "http://localhost:8000"
    assert settings.is_local
    assert (settings.database_url, settings.redis_url, settings.smtp_url) == ("", "", "")
    assert settings.tenant_url("acme") == "http://acme.localhost:8000"


def test_the_port_moves_the_base_url(tmp_path: Path) -> None:
    assert load(tmp_path, PORT="9000").base_url == "http://localhost:9000"


def test_a_made_secret_key_is_kept_and_private(tmp_path: Path) -> None:
    first = load(tmp_path).secret_key
    second = load(tmp_path).secret_key

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_one_secret_key(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(private_text(tmp_path / "key", "CHARSU_SECRET_KEY")))
        for _ in range(16)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CHARSU_DATABASE_URL", "mysql://host/db", "must start with postgresql://"),
        ("CHARSU_DATABASE_URL", "postgresql://host", "names no database"),
        ("CHARSU_DATABASE_URL", "postgresql://host:port/db", "is not an address"),
        ("CHARSU_REDIS_URL", "http://localhost", "must start with redis://"),
        ("CHARSU_REDIS_URL", "redis://", "names no server"),
        ("CHARSU_REDIS_URL", "unix://", "names no server"),
        ("CHARSU_SMTP_URL", "mail.example.com", "must start with smtp://"),
        ("CHARSU_SMTP_URL", "smtp://", "names no server"),
        ("CHARSU_BASE_URL", "localhost:8000", "must start with http://"),
        ("CHARSU_BASE_URL", "https://example.com/charsu", "a scheme and a host only"),
        ("CHARSU_BASE_URL", "https://user@example.com", "a scheme and a host only"),
        ("CHARSU_BASE_URL", "http://127.0.0.1:8000", "not an IP address"),
        ("CHARSU_BASE_URL", "http://[::1]:8000", "not an IP address"),
        ("CHARSU_BASE_URL", "https://exa_mple.com", "needs a host name"),
        ("CHARSU_BASE_URL", "https://", "needs a host name"),
        ("CHARSU_BASE_URL", "https://[", "is not an address"),
        ("CHARSU_STRIPE_API_BASE", "ftp://stripe", "must start with http://"),
        ("CHARSU_STRIPE_API_KEY", "sk\ntest", "control character"),
        ("CHARSU_SECRET_KEY", "short", "shorter than 32"),
        ("PORT", "eighty", "is not a port number"),
        ("PORT", "70000", "is not a port number"),
        ("PORT", "٨٠٨٠", "is not a port number"),
    ],
)
def test_a_bad_value_names_its_variable_and_the_reason(
    tmp_path: Path, name: str, value: str, reason: str
) -> None:
    with pytest.raises(BadSetting) as caught:
        load(tmp_path, **{name: value})

    assert str(caught.value).startswith(f"{name}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["a" * 64, "ab" * 32, "changeme-" * 8, "My-Password-is-very-long-0123456789"])
def test_a_guessable_secret_key_is_refused_on_https_only(tmp_path: Path, key: str) -> None:
    assert load(tmp_path, CHARSU_SECRET_KEY=key).secret_key == key

    with pytest.raises(BadSetting, match="CHARSU_SECRET_KEY: can be guessed"):
        load(tmp_path, CHARSU_SECRET_KEY=key, CHARSU_BASE_URL="https://example.com")


def test_a_good_secret_key_is_taken_on_https(tmp_path: Path) -> None:
    settings = load(tmp_path, CHARSU_SECRET_KEY=GOOD_KEY, CHARSU_BASE_URL="https://Example.com:8443/")

    assert settings.secret_key == GOOD_KEY
    assert (settings.base_url, settings.base_host) == ("https://example.com:8443", "example.com")
    assert settings.is_https
    assert not settings.is_local


def test_a_data_folder_that_can_not_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(BadSetting, match=r"CHARSU_DATA_DIR: .* can not be made"):
        load_settings({"CHARSU_DATA_DIR": str(tmp_path / "file" / "data")})


def test_a_damaged_secret_key_file_is_told_not_replaced(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "data" / "secret.key").write_text("oops")

    with pytest.raises(BadSetting, match=r"CHARSU_SECRET_KEY: .*secret\.key is damaged"):
        load(tmp_path)


def test_settings_survive_the_way_through_an_environment(tmp_path: Path) -> None:
    settings = load(tmp_path, CHARSU_SECRET_KEY=GOOD_KEY, CHARSU_REDIS_URL="unix:///run/valkey.sock?db=0")

    assert load_settings(settings.to_environ()) == settings


@pytest.mark.parametrize("verb", ["up", "web"])
def test_a_bad_setting_stops_a_command_with_one_line_and_exit_2(tmp_path: Path, verb: str) -> None:
    environ = {**os.environ, "CHARSU_DATA_DIR": str(tmp_path), "CHARSU_BASE_URL": "ftp://example.com"}

    answer = subprocess.run(
        [sys.executable, "-m", "charsu", verb], env=environ, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr == "charsu: CHARSU_BASE_URL: must start with http:// or https://\n"


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from charsu.cli import group; group.main(['--help'], standalone_mode=False); "
    code += "heavy = {'flask', 'sqlalchemy', 'psycopg', 'redis', 'alembic', 'granian'} & set(sys.modules); "
    code += "assert not heavy, heavy"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr


def test_no_secret_is_shown_when_settings_are_printed(tmp_path: Path) -> None:
    secrets = {
        "CHARSU_SECRET_KEY": "wanderer-harbour-lantern-7-quilt-meadow",
        "CHARSU_DATABASE_URL": "postgresql://charsu:hush@db/charsu",
        "CHARSU_SMTP_URL": "smtp://mail:hush@mail.example:587",
    }

    shown = repr(load_settings({"CHARSU_DATA_DIR": str(tmp_path), **secrets}))

    assert "hush" not in shown
    assert "wanderer" not in shown
