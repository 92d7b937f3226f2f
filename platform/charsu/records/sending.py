"""Sends files people download, so that no browser runs or shows them as a page of ours."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, cast
from urllib.parse import quote

from flask import Response, current_app
from sqlalchemy.orm import Session

from charsu.records.files import StoredFile, read_parts

_CHUNK = 256 * 1024
_IN_MEMORY = 2 * 1024 * 1024
#: Nothing inside may run, load or send anything, should a browser show it after all.
SANDBOX = "default-src 'none'; sandbox"


def send_written(write: Callable[[IO[bytes]], object], name: str, media_type: str) -> Response:
    """Send what `write` puts into a file, which is in memory while it is small and on disk when it is large.

    Nothing is sent before all is written: a fault on the way is an error and not half a file.
    """
    with ExitStack() as stack:
        file = cast("IO[bytes]", stack.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY)))
        write(file)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        stack.pop_all()
    return send_parts(_read(file), name, media_type, size)


def send_stored(session: Session, stored: StoredFile) -> Response:
    """Send a file of the schema, of which only a part at a time is in memory."""

    def copy(file: IO[bytes]) -> None:
        for part in read_parts(session, stored):
            file.write(part)

    return send_written(copy, stored.name, stored.media_type)


def send_parts(parts: Iterable[bytes], name: str, media_type: str, size: int) -> Response:
    """Send bytes as a download of this name."""
    response = current_app.response_class(parts, mimetype=None, content_type=media_type)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def disposition(name: str) -> str:
    """`attachment` with the name for every browser (RFC 6266): plain, and in UTF-8."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("_.") or "file"
    return f"attachment; filename=\"{plain[-100:]}\"; filename*=UTF-8''{quote(name, safe='')}"


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(_CHUNK):
            yield part
