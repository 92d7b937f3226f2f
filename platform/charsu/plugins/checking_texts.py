"""Checks what people read and see of a plugin: its translations and its icons."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from charsu.plugins.setup import Loaded
from charsu.process import Runtime
from charsu.text.catalogues import find_faults
from charsu.text.i18n import find_package_folder

#: Endings of faults that come in dozens after a day's work: told together.
_KINDS = ("is missing", "is not translated", "is used nowhere")
#: So many texts of a kind are named.
_SHOWN = 3
#: Where code and templates name an icon: `icon="tools"`, `icon("tools")`.
_ICON = re.compile(r"""\bicon(?:_name)?\s*[=(]\s*["']([a-z0-9-]+)["']""")


def check_texts(_runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    """What is wrong with the catalogues; many texts of one kind in one line, with what to do about them."""
    folder = find_package_folder(plugin.package)
    if folder is None:
        return
    groups: dict[tuple[str, str], list[str]] = {}
    for fault in find_faults(plugin.package, folder):
        where, _, rest = fault.partition(": ")
        kind = next((kind for kind in _KINDS if rest.endswith(kind)), "")
        if kind:
            groups.setdefault((where, kind), []).append(rest.removesuffix(kind).strip())
        else:
            yield fault
    for (where, kind), texts in groups.items():
        more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
        told = kind if len(texts) == 1 else kind.replace("is", "are", 1)
        yield f"{where}: {', '.join(texts[:_SHOWN])}{more} {told}"
    if any(kind != "is not translated" for _where, kind in groups):
        yield f"the catalogues are not as the code: run `charsu plugin texts {plugin.name}`, then translate"


def check_icons(_runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    """Icons that are not in the sprite: nothing would be shown in their place."""
    folder = find_package_folder(plugin.package) or Path()
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.html")]):
        for name in dict.fromkeys(_ICON.findall(path.read_text(encoding="utf-8"))):
            if name not in _icons():
                near = get_close_matches(name, _icons(), n=1, cutoff=0.6)
                meant = f"; did you mean {near[0]}?" if near else ""
                where = path.relative_to(folder.parent)
                yield f"{where} names the icon {name}, which Charsu does not have{meant}"


@cache
def _icons() -> frozenset[str]:
    return frozenset(files("charsu.ui").joinpath("icons.txt").read_text(encoding="utf-8").split())
