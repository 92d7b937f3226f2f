"""Files under `/static`: answered before any application, from memory, by their name and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.security import safe_join

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/static/"
CACHE_SECONDS = 3600
#: Named here, not asked of the machine: browsers are told not to guess.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_OTHER = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class _Kept:
    tag: str
    headers: list[tuple[str, str]]
    content: bytes


class StaticFiles:
    """The files of one folder. Each is read when it is first asked for, and again when it has changed.

    Their whole content is handed to the server, which sends it as slowly as a browser takes it; no thread
    waits for that.
    """

    def __init__(self, folder: Path, headers: Sequence[tuple[str, str]]) -> None:
        self._folder = str(folder)
        self._headers = list(headers)
        self._kept: dict[str, _Kept] = {}

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes] | None:
        """The answer to a GET or HEAD below `/static/`; None where there is no such file."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return None
        found = self._find(environ["PATH_INFO"].removeprefix(PREFIX))
        if found is None:
            return None
        if found.tag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response("304 Not Modified", found.headers[1:])
            return []
        start_response("200 OK", [*found.headers, ("Content-Length", str(len(found.content)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [found.content]

    def _find(self, name: str) -> _Kept | None:
        path = safe_join(self._folder, name)
        if path is None:
            return None
        try:
            status = Path(path).stat()
            tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
            kept = self._kept.get(path)
            if kept is None or kept.tag != tag:
                kept = self._kept[path] = self._read(Path(path), tag)
        except (OSError, ValueError):
            return None
        return kept

    def _read(self, path: Path, tag: str) -> _Kept:
        headers = [
            ("Content-Type", MEDIA_TYPES.get(path.suffix, _OTHER)),
            ("Cache-Control", f"max-age={CACHE_SECONDS}"),
            ("ETag", tag),
            *self._headers,
        ]
        return _Kept(tag, headers, path.read_bytes())
