"""The house: rules of the tree that no tool checks by itself."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE_ROOTS = ("platform", "tenants", "migrations", "plugins", "tests", "docs", "benchmarks")
MAX_LINES = 400
MAX_TEST_LINES = 600
MAX_README_LINES = 120
NOT_OURS = {".venv", "node_modules", "var", ".git", "__pycache__", "vendor", "artifacts", "dist"}

#: The edges that open and end units of work (DESIGN section 3); everything else flushes.
EDGES = (
    "platform/charsu/db.py",
    "platform/charsu/testing/",
    "platform/charsu/web/",
    "platform/charsu/jobs/",
    "platform/charsu/events/",
    "platform/charsu/plugins/",
    "platform/charsu/people/seats.py",  # a member's row, written before any unit of work
    "tenants/charsu_tenants/",
)
ENDINGS = {"commit", "rollback", "begin"}
#: Folders that hold the connections: only there do sockets of PostgreSQL open.
ENVIRONMENT_READERS = (
    "platform/charsu/settings.py",
    "platform/charsu/server/",
    "platform/charsu/cli/",
    "platform/charsu/testing/",
)


@cache
def files(suffix: str) -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", f"*{suffix}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = list(ROOT.rglob(f"*{suffix}"))
    return tuple(
        sorted(path for path in found if path.exists() and not NOT_OURS & set(path.relative_to(ROOT).parts))
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code_of_product() -> Iterator[tuple[str, ast.Module]]:
    for path in files(".py"):
        if not {"tests", "benchmarks", "versions"} & set(path.relative_to(ROOT).parts):
            yield name(path), ast.parse(path.read_text(encoding="utf-8"))


def test_platform_is_still_the_standard_library_from_the_root() -> None:
    code = "import platform; print(platform.system())"

    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert answer.stdout.strip(), answer.stderr


@pytest.mark.parametrize("folder", SOURCE_ROOTS)
def test_a_top_level_folder_is_not_a_package(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


def test_test_cases_are_the_same_in_every_process() -> None:
    """pytest-xdist refuses to run when two workers collect different names."""
    random_case = re.compile(r"parametrize\((?:[^()]|\([^()]*\))*(?:uuid[147]|token_\w+|random)\(", re.DOTALL)
    tests = (path for path in files(".py") if "tests" in path.parts)

    assert not [name(path) for path in tests if random_case.search(path.read_text(encoding="utf-8"))]


@pytest.mark.proof
def test_test_cases_do_not_hang_on_the_order_of_sets() -> None:
    first, second = (collected(hash_seed) for hash_seed in ("1", "77"))

    assert len(first) > 1000
    assert first == second


def collected(hash_seed: str) -> list[str]:
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", ""],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in answer.stdout.splitlines() if "::" in line]


def test_a_plugins_tests_are_not_a_package() -> None:
    """Two packages called `tests` are one to pytest; parts with helpers of their own are packages below."""
    assert not [name(path) for path in ROOT.glob("plugins/*/tests/__init__.py")]


@pytest.mark.parametrize("suffix", [".lock", "package-lock.json", ".npmrc"])
def test_no_lock_file_names_an_address_or_an_index(suffix: str) -> None:
    assert files(suffix)

    for path in files(suffix):
        text = path.read_text(encoding="utf-8")
        addresses = [
            found
            for found in re.findall(
                r"https?://[^\s\"']+|file://\S+|--(?:extra-)?index-url|--find-links", text
            )
            if not is_credit(path, found)
        ]
        assert not addresses, f"{name(path)} names {addresses[:3]}"


def is_credit(path: Path, address: str) -> bool:
    """npm copies each package's own wish for money into its lock file; nothing is fetched from there."""
    return path.name == "package-lock.json" and not re.search(r"registry|\.tgz", address)


def test_every_dependency_is_pinned_with_a_hash() -> None:
    locks = list(files(".lock"))
    assert len(locks) >= 4
    for lock in locks:
        text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                assert "--hash=sha256:" in line, f"{name(lock)}: {line[:60]}"


def test_units_of_work_end_only_at_the_edges() -> None:
    found = [
        f"{file}:{node.lineno} .{node.func.attr}()"
        for file, tree in code_of_product()
        if not file.startswith(EDGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ENDINGS
        and not node.args
    ]

    assert not found


def test_the_test_of_units_of_work_sees_a_planted_commit() -> None:
    tree = ast.parse("def save(session):\n    session.commit()\n")

    calls = [node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call)]  # type: ignore[attr-defined]

    assert set(calls) & ENDINGS


def test_no_file_is_too_long() -> None:
    long = [
        f"{name(path)}: {count}"
        for path in files(".py")
        if (count := path.read_text(encoding="utf-8").count("\n"))
        > (MAX_TEST_LINES if {"tests", "testing"} & set(path.parts) else MAX_LINES)
    ]

    assert not long


def test_assert_and_print_are_for_tests() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file, tree in code_of_product()
        if "/testing/" not in file
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]

    assert not found


def test_only_settings_and_processes_read_the_environment() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file, tree in code_of_product()
        if not file.startswith(ENVIRONMENT_READERS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and is_os(node.value)
    ]

    assert not found


def is_os(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "os"


def test_readme_is_short_enough_to_be_read() -> None:
    assert 20 <= len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= MAX_README_LINES


def plugins() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


@pytest.mark.parametrize("folder", plugins(), ids=lambda path: path.name)
def test_a_plugin_is_a_distribution_with_its_entry_point(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    package = f"charsu_{folder.name}"

    assert project["entry-points"]["charsu.plugins"] == {folder.name: f"{package}.plugin"}
    assert (folder / package / "plugin.py").exists()
    assert (folder / package / "py.typed").exists()
    assert (folder / "README.md").read_text(encoding="utf-8").count("\n") >= 10


def test_every_plugin_in_the_tree_is_installed_and_found() -> None:
    found = {point.name for point in metadata.entry_points(group="charsu.plugins")}

    assert {path.name for path in plugins()} <= found


def test_no_vendored_or_built_file_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    built = [
        file for file in listed.stdout.splitlines() if re.search(r"\.(mo|woff2?|min\.js|min\.css|map)$", file)
    ]

    assert not built


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    here = re.compile(r"/work/(?:wt|main|shared)|/root/|/home/[a-z]+/")
    telling = [
        name(path)
        for suffix in (".py", ".md", ".toml", ".in", "Makefile", ".html", ".json")
        for path in files(suffix)
        if path != Path(__file__) and here.search(path.read_text(encoding="utf-8"))
    ]

    assert not telling


def test_every_icon_used_is_in_the_sprite() -> None:
    names = set((ROOT / "platform/charsu/ui/icons.txt").read_text(encoding="utf-8").split())
    used = {
        (name(path), icon)
        for suffix in (".html", ".py")
        for path in files(suffix)
        if "tests" not in path.parts
        for icon in re.findall(
            r"\bicon(?:_name)?(?:=|\()\s*[\"']([a-z0-9-]+)[\"']", path.read_text(encoding="utf-8")
        )
    }

    assert not {(file, icon) for file, icon in used if icon not in names}
