"""Health, metrics and the doctor: what monitors and operators see when a part is missing."""

from __future__ import annotations

import dataclasses
import logging
import os
import subprocess
import sys

import pytest
import structlog
from werkzeug.test import Client, TestResponse

from charsu.logs import configure_logging
from charsu.runtime import Runtime
from charsu.server.assets import icon_names, missing_assets
from charsu.server.doctor import Finding, examine
from charsu.server.readiness import Readiness
from charsu.testing.clients import application_of
from charsu_tenants.bootstrap import control_revision

BUILD = """
import os, threading
from charsu.web.wsgi import prepare
prepare()
links = [os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd")]
sockets = [link for link in links if os.path.lexists(link) and os.readlink(link).startswith("socket:")]
print(threading.active_count(), len(sockets))
"""
NEAR = {"REMOTE_ADDR": "127.0.0.1"}
FAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def without_valkey(runtime: Runtime) -> Runtime:
    return dataclasses.replace(
        runtime, settings=dataclasses.replace(runtime.settings, redis_url="unix:///nowhere/valkey.sock")
    )


def ask(runtime: Runtime, path: str, environ: dict[str, str], host: str = "charsu.localhost") -> TestResponse:
    return Client(application_of(runtime)).get(path, base_url=f"http://{host}", environ_overrides=environ)


@pytest.mark.parametrize("host", ["charsu.localhost", "nobody.charsu.localhost", "127.0.0.1:8000"])
def test_health_answers_on_every_host(runtime: Runtime, host: str) -> None:
    assert ask(runtime, "/healthz", FAR, host).json == {"status": "ok"}
    assert ask(runtime, "/readyz", FAR, host).status_code == 200


def test_ready_names_its_parts(runtime: Runtime) -> None:
    answer = ask(runtime, "/readyz", FAR)

    assert answer.json == {
        "status": "ok",
        "parts": {"database": {"ok": True}, "valkey": {"ok": True}, "migrations": {"ok": True}},
    }


def test_without_valkey_it_is_alive_and_not_ready(without_valkey: Runtime) -> None:
    answer = ask(without_valkey, "/readyz", NEAR)

    assert ask(without_valkey, "/healthz", NEAR).status_code == 200
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["parts"]["database"]["ok"] is True
    assert answer.json["parts"]["valkey"]["ok"] is False


def test_the_reason_is_told_on_this_machine_only(without_valkey: Runtime) -> None:
    near, far = ask(without_valkey, "/readyz", NEAR).json, ask(without_valkey, "/readyz", FAR).json

    assert near is not None
    assert far is not None
    assert "valkey.sock" in near["parts"]["valkey"]["detail"]
    assert far["parts"]["valkey"] == {"ok": False}


def test_metrics_name_endpoints_and_never_a_path(runtime: Runtime) -> None:
    ask(runtime, "/no/such/secret-path", NEAR)
    ask(runtime, "/healthz", NEAR)

    answer = ask(runtime, "/metrics", NEAR)

    assert 'endpoint="health.healthz"' in answer.text
    assert "charsu_deliveries" in answer.text
    assert "secret-path" not in answer.text


@pytest.mark.parametrize(
    "environ", [FAR, {**NEAR, "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, {"REMOTE_ADDR": ""}]
)
def test_metrics_are_for_this_machine_only(runtime: Runtime, environ: dict[str, str]) -> None:
    assert ask(runtime, "/metrics", environ).status_code == 404


def test_a_control_plane_that_is_behind_is_not_ready(runtime: Runtime) -> None:
    head = control_revision(runtime.database)
    set_control(runtime, "0000")
    try:
        found = {part.name: part for part in Readiness(runtime).parts()}
    finally:
        set_control(runtime, head)

    assert not found["migrations"].is_ok
    assert "charsu migrate" in found["migrations"].detail


def set_control(runtime: Runtime, revision: str | None) -> None:
    with runtime.database.admin() as admin:
        admin.execute("UPDATE control.v_control SET version_num = %s", [revision])


def findings(runtime: Runtime, environ: dict[str, str] | None = None) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(runtime, environ or {})}


def test_the_doctor_finds_no_fault_in_a_whole_house(runtime: Runtime) -> None:
    found = findings(runtime)

    assert {name for name, finding in found.items() if finding.state == "fault"} <= {"assets"}
    assert found["plugins"].detail == "crm_core, loyalty"


def test_the_doctor_goes_on_after_a_fault(without_valkey: Runtime) -> None:
    found = findings(without_valkey)

    assert found["Valkey"].state == "fault"
    assert found["database"].state == "ok"


def test_the_doctor_tells_a_misspelt_variable(runtime: Runtime) -> None:
    finding = findings(runtime, {"CHARSU_BASEURL": "https://example.com"})["settings"]

    assert finding.state == "warning"
    assert "CHARSU_BASEURL" in finding.detail


def test_the_doctor_misses_a_way_to_send_mail_in_production(runtime: Runtime) -> None:
    public = dataclasses.replace(runtime.settings, base_url="https://example.com")

    finding = findings(dataclasses.replace(runtime, settings=public))["mail"]

    assert finding.state == "fault"
    assert "CHARSU_SMTP_URL" in finding.detail


def test_the_assets_are_built_and_hold_every_icon() -> None:
    assert missing_assets() == []
    assert len(icon_names()) == len(set(icon_names())) >= 60


def test_a_plain_log_line_is_time_sentence_and_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:

    root = logging.getLogger()
    handlers, level, logging_before = list(root.handlers), root.level, structlog.get_config()
    try:
        configure_logging("test", "plain")
        logging.getLogger("charsu.somewhere").warning("the bell is silent")
        logging.getLogger("sqlalchemy.engine").info("SELECT secret")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**logging_before)

    said = capsys.readouterr().err
    assert "warning: the bell is silent" in said
    assert "SELECT secret" not in said


def test_an_application_that_was_built_can_be_forked(runtime: Runtime) -> None:
    """The web server builds it once and forks: no thread and no connection may be there by then."""
    environ = {**os.environ, **runtime.settings.to_environ()}

    answer = subprocess.run(
        [sys.executable, "-c", BUILD], env=environ, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == ["1", "0"]
