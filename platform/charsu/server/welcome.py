"""What `charsu up` says when everything runs, and the demo business it may tell about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

from charsu.settings import Settings


class Demo(TypedDict):
    """Where the demo business is and how to sign in."""

    url: str
    email: str
    password: str


def demo_is_due(settings: Settings) -> bool:
    """Whether this is a first start on a laptop: a demo business that was erased is not made again."""
    return settings.is_local and not _path(settings).exists()


def remember_demo(settings: Settings, demo: Demo) -> None:
    """Keep the demo's login for the next start; other than real ones it is no secret."""
    _path(settings).write_text(json.dumps(demo, indent=2) + "\n", encoding="utf-8")


def welcome(settings: Settings, seconds: float) -> str:
    """A few lines for the terminal: where Charsu is, how to sign in to the demo, how to stop."""
    rows = [("Charsu is ready", f"{settings.base_url}  ({seconds:.1f} s)")]
    demo = _known_demo(settings)
    if demo is not None:
        rows += [
            ("Demo business", demo["url"]),
            ("  sign in as", demo["email"]),
            ("  password", demo["password"]),
        ]
    if settings.is_local and not settings.smtp_url:
        rows.append(("Mail it sends", f"{settings.base_url}/dev/mailbox"))
    rows.append(("Stop", "Ctrl-C"))
    return "\n" + "\n".join(f"  {title:<16} {text}" for title, text in rows) + "\n"


def _known_demo(settings: Settings) -> Demo | None:
    try:
        found = json.loads(_path(settings).read_text(encoding="utf-8"))
        return Demo(url=found["url"], email=found["email"], password=found["password"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(settings: Settings) -> Path:
    return settings.data_dir / "demo.json"
