"""Addresses of static files, also of plugins, marked by their content so that browsers may keep them."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

STATIC_FOLDER = Path(__file__).parent.parent / "static"
STATIC_PREFIX = "/static"
#: By the name of a plugin's blueprint: the folder of its static files, and their address.
_of_plugins: dict[str, tuple[Path, str]] = {}


@cache
def asset_url(path: str) -> str:
    """The address of `path` under the static folder, or of `<blueprint>/path` under a plugin's.

    A missing file keeps its plain address.
    """
    name, _, rest = path.partition("/")
    file, url = STATIC_FOLDER / path, f"{STATIC_PREFIX}/{path}"
    if not file.is_file() and name in _of_plugins:
        folder, prefix = _of_plugins[name]
        file, url = folder / rest, f"{prefix}/{rest}"
    if not file.is_file():
        return url
    mark = blake2b(file.read_bytes(), digest_size=5).hexdigest()
    return f"{url}?v={mark}"


def name_assets(blueprint: str, folder: Path, prefix: str) -> None:
    """Let `asset("<blueprint>/…")` find the static files of a plugin's blueprint."""
    if _of_plugins.get(blueprint) != (folder, prefix):
        _of_plugins[blueprint] = folder, prefix
        asset_url.cache_clear()
