"""The probe plugin, turned on in both tenants; an environment to install things in for one test."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from charsu.process import Runtime, use_runtime
from charsu.testing import probe
from charsu.testing.clients import HostClient, People
from charsu.testing.planting import plant, turn_on
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant

# Hypothesis fails an example that takes 0.2 s, which on a busy machine any may.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def probed(started_runtime: Runtime) -> tuple[Runtime, Crossing]:
    runtime = plant(started_runtime, probe.plugin)
    with use_runtime(runtime):
        return runtime, Crossing(runtime)


@pytest.fixture
def probe_people(
    runtime: Runtime, tenant: Tenant, other_tenant: Tenant, probed: tuple[Runtime, Crossing]
) -> Iterator[People]:
    with use_runtime(probed[0]):
        turn_on(runtime, tenant, "probe")
        turn_on(runtime, other_tenant, "probe")
        yield People(*probed)


@pytest.fixture
def browser(probe_people: People, tenant: Tenant) -> HostClient:
    return probe_people.browser(probe_people.member(tenant))


@pytest.fixture
def program(probe_people: People, tenant: Tenant) -> HostClient:
    return probe_people.program(probe_people.member(tenant))


@pytest.fixture
def passer_by(probe_people: People, tenant: Tenant) -> HostClient:
    return probe_people.anonymous(tenant)


@pytest.fixture
def fresh_python(runtime: Runtime, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """`fresh_python("pip", "install", …)`: a command in an environment of its own that has Charsu installed.

    So what a test installs is gone with it.
    """
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    ours = sysconfig.get_path("purelib")
    (Path(packages) / "charsu.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("CHARSU_", "PYTEST_"))
    }
    environ |= {**runtime.settings.to_environ(), "PIP_NO_BUILD_ISOLATION": "false", "PIP_NO_INDEX": "1"}
    work = tmp_path / "work"
    work.mkdir()

    def run(program: str, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [python, "-m", program, *arguments],
            cwd=work,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run
