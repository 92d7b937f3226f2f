"""A whole Charsu for the journeys: `charsu up` as a person starts it, and a browser in front of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "artifacts" / "journeys"
READY_SECONDS = 180
#: What a page may take on a machine that has much else to do; nothing waits so long on an idle one.
PAGE_SECONDS = 60
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Stack:
    """A running Charsu: its bare address, where its data lies, and its foreground process."""

    base_url: str
    data_dir: Path
    process: subprocess.Popen[bytes]

    def tenant_url(self, slug: str) -> str:
        return self.base_url.replace("://", f"://{slug}.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{base_url}/readyz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"charsu up was not ready; its log ends:\n{log.read_text(errors='replace')[-4000:]}")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    port = free_port()
    base_url = f"http://localhost:{port}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CHARSU_")}
    environ |= {"CHARSU_DATA_DIR": str(folder / "data"), "CHARSU_BASE_URL": base_url}
    log = folder / "up.log"
    with log.open("wb") as output:
        command = [str(Path(sys.executable).with_name("charsu")), "up", "--port", str(port)]
        process = subprocess.Popen(command, env=environ, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until_ready(base_url, process, log)
            yield Stack(base_url, folder / "data", process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    shutil.copy(log, ARTIFACTS / "up.log")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("the journeys need Chromium: apt-get install chromium")
    expect.set_options(timeout=PAGE_SECONDS * 1000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield started
        started.close()


@pytest.fixture
def laptop(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh browser window at laptop width, in the language of the test's `locale` parameter."""
    yield from _window(browser, request, width=1366, height=900)


def _window(browser: Browser, request: pytest.FixtureRequest, *, width: int, height: int) -> Iterator[Page]:
    locale = request.getfixturevalue("locale") if "locale" in request.fixturenames else "fa"
    context: BrowserContext = browser.new_context(
        locale={"fa": "fa-IR", "en": "en-GB"}[locale],
        timezone_id="Asia/Tehran",
        viewport={"width": width, "height": height},
    )
    # Refused styles and scripts are in the console as well; this says which element wanted them.
    context.add_init_script(
        "addEventListener('securitypolicyviolation', event => console.error("
        "`refused by the policy: ${event.violatedDirective} ${event.sourceFile}:${event.lineNumber} `"
        " + (event.target.outerHTML || '').slice(0, 200)), true)"
    )
    page = context.new_page()
    page.set_default_timeout(PAGE_SECONDS * 1000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    refused = [fault for fault in faults if "status of 4" not in fault]
    assert refused == [], "the browser's console must stay quiet"
