"""Commands given where no Charsu is: they say so and leave nothing, and a plugin is checked there too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def say(folder: Path, *words: str) -> tuple[int, str]:
    """A command as somebody types it in a folder of her own, with nothing of Charsu in her environment."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CHARSU_")}
    done = subprocess.run(
        [sys.executable, "-m", "charsu", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("module", "enable", "demo", "crm_core"),
        ("tenant", "list"),
        ("token", "list", "demo"),
        ("jobs", "dead"),
    ],
    ids=" ".join,
)
def test_a_command_where_no_charsu_is_says_so_in_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, said = say(tmp_path, *words)

    assert code == 2
    assert said.count("\n") == 1
    assert f"no Charsu in {tmp_path / 'var'}" in said
    assert "CHARSU_DATA_DIR" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.proof
def test_a_plugin_is_checked_where_no_charsu_is(tmp_path: Path) -> None:
    code, said = say(tmp_path, "plugin", "check", "loyalty")

    assert (code, said) == (0, "loyalty: all is well\n")
    assert list(tmp_path.iterdir()) == []
