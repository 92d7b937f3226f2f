"""What a file is, by its first bytes: its name and what a browser calls it are only claims."""

import zipfile
from typing import IO

_UNKNOWN = "application/octet-stream"
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1f\x8b", "application/gzip"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
#: Programs of Windows, Linux and macOS, and scripts: nobody's papers.
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe", b"#!")
_HEAD = 4096


def is_program(stream: IO[bytes]) -> bool:
    """Whether it is something a computer would run."""
    stream.seek(0)
    return stream.read(4).startswith(_PROGRAMS)


def sniff(stream: IO[bytes]) -> str:
    """The media type; pages and drawings that could carry scripts are only bytes to us."""
    stream.seek(0)
    head = stream.read(_HEAD)
    found = next((kind for mark, kind in _MAGIC if head.startswith(mark)), "")
    if found == "application/zip":
        return _office(stream) or found
    if found:
        return found
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], _UNKNOWN)
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return "text/plain; charset=utf-8" if _is_text(head) else _UNKNOWN


def _is_text(head: bytes) -> bool:
    if b"\x00" in head or head.lstrip()[:1] == b"<":
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A head may end within a character.
        return len(head) == _HEAD and error.start > _HEAD - 4
    return True


def _office(stream: IO[bytes]) -> str:
    """Which office document a zip is; only its directory is read."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = [item.filename for item in archive.infolist()[:200]]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return ""
    return next(
        (kind for folder, kind in _OFFICE.items() if any(name.startswith(folder) for name in names)), ""
    )
