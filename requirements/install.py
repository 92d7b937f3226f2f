"""Install a lock file, or our own source roots, into this interpreter's environment: by uv, else by pip.

uv takes seconds where pip takes a minute, but knows only its own configuration: a machine whose package
index is written in pip's is served by pip. Hashes are required either way.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BIN = Path(sys.executable).parent
UV = [str(BIN / "uv"), "pip", "install", "--quiet", "--python", sys.executable]
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def arguments(wanted: Sequence[str]) -> list[str]:
    """What both installers take for a lock file, or for `--editable` and folders."""
    if wanted[0] != "--editable":
        return ["--require-hashes", "-r", wanted[0]]
    editables = [part for folder in wanted[1:] for part in ("-e", folder)]
    return ["--no-build-isolation", "--no-deps", *editables]


def main(wanted: Sequence[str]) -> int:
    """Install by uv; where that fails, say so and install by pip."""
    quick = subprocess.run([*UV, *arguments(wanted)], capture_output=True, text=True, check=False)  # noqa: S603
    if quick.returncode == 0:
        return 0
    slow = subprocess.run([*PIP, *arguments(wanted)], check=False)  # noqa: S603
    if slow.returncode != 0:
        sys.stderr.write(quick.stderr)
    return slow.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
