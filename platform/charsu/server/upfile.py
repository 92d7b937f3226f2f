"""What a running `charsu up` tells others by a file in the data folder: its children and its address."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

NAME = "up.json"


def write_up(data_dir: Path, *, pids: Iterable[int], base_url: str) -> None:
    """Tell; the file is there whole or as it was."""
    path = data_dir / NAME
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"pids": list(pids), "base_url": base_url}), encoding="utf-8")
    draft.replace(path)


def up_pids(data_dir: Path) -> list[int]:
    """Children of the last `charsu up` that did not end well, or of the one that runs."""
    return [int(pid) for pid in _read(data_dir).get("pids", []) if isinstance(pid, int)]


def up_base_url(data_dir: Path) -> str:
    """Address of the running `charsu up`; empty where none is told."""
    return str(_read(data_dir).get("base_url", ""))


def forget_up(data_dir: Path) -> None:
    """Take the file away at a clean end."""
    (data_dir / NAME).unlink(missing_ok=True)


def _read(data_dir: Path) -> dict[str, Any]:
    try:
        found = json.loads((data_dir / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
