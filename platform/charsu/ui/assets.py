"""Addresses of our own static files, marked by their content so that browsers may keep them."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

STATIC_FOLDER = Path(__file__).parent.parent / "static"
STATIC_PREFIX = "/static"


@cache
def asset_url(path: str) -> str:
    """The address of `path` under the static folder; a missing file keeps its plain address."""
    file = STATIC_FOLDER / path
    if not file.is_file():
        return f"{STATIC_PREFIX}/{path}"
    mark = blake2b(file.read_bytes(), digest_size=5).hexdigest()
    return f"{STATIC_PREFIX}/{path}?v={mark}"
