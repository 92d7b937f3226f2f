"""Finds plugins by entry point and loads each under guard; what can not be loaded is quarantined with its
reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points, version
from types import ModuleType

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from charsu.errors import NotFound
from charsu.plugins.guard import Contained, contained, time_limit
from charsu.plugins.manifest import Manifest

GROUP = "charsu.plugins"
#: Seconds an import may take; a plugin that waits for the network at import must not stop the start.
IMPORT_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Found:
    """A plugin whose front door could be imported."""

    manifest: Manifest
    plugin: ModuleType
    package: str
    distribution: str


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """A plugin that is installed but not used in this process, and why, in one line."""

    name: str
    reason: str
    distribution: str = ""


def installed() -> tuple[EntryPoint, ...]:
    """Return the installed plugins' entry points in order of name."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)))


def package_of(name: str) -> str:
    """Return the package of an installed plugin, found without importing it. Raises: NotFound."""
    for point in installed():
        if point.name == name:
            return point.module.partition(".")[0]
    raise NotFound(f"{name} is not installed here: pip install -e its folder first")


def load_all(points: Iterable[EntryPoint]) -> tuple[list[Found], list[Quarantined]]:
    """Import every entry point; the found ones come in dependency order, then by name."""
    found: dict[str, Found] = {}
    quarantined: list[Quarantined] = []
    for point in points:
        distribution = point.dist.name if point.dist else ""
        try:
            plugin = _load(point, distribution, found)
        except Contained as refusal:
            quarantined.append(Quarantined(name=point.name, reason=str(refusal), distribution=distribution))
        else:
            found[point.name] = plugin
    return _in_order(found, quarantined), quarantined


def _load(point: EntryPoint, distribution: str, found: Mapping[str, Found]) -> Found:
    with contained(), time_limit(IMPORT_SECONDS):
        plugin = point.load()
    manifest = getattr(plugin, "manifest", None)
    if not isinstance(plugin, ModuleType) or not isinstance(manifest, Manifest):
        raise Contained(f"{point.value} holds no manifest")
    if manifest.name != point.name:
        raise Contained(f"entry point {point.name} holds the manifest of {manifest.name}")
    for other in found.values():
        if other.manifest.name == manifest.name or other.manifest.path == manifest.path:
            raise Contained(f"name or path is taken by {other.manifest.name} ({other.distribution})")
    _check_core(manifest)
    return Found(
        manifest=manifest, plugin=plugin, package=plugin.__name__.partition(".")[0], distribution=distribution
    )


def _check_core(manifest: Manifest) -> None:
    core = version("charsu")
    try:
        wanted = SpecifierSet(manifest.requires_core)
    except InvalidSpecifier as error:
        raise Contained(f"requires_core {manifest.requires_core!r} is no version range") from error
    if not wanted.contains(core, prereleases=True):
        raise Contained(f"requires Charsu {manifest.requires_core}, this is {core}")


def _in_order(found: Mapping[str, Found], quarantined: list[Quarantined]) -> list[Found]:
    """Sort so that a plugin stands after those it requires; what can never stand so is quarantined."""
    waiting = dict(sorted(found.items()))
    placed: dict[str, Found] = {}
    while waiting:
        ready = next((n for n, f in waiting.items() if all(r in placed for r in f.manifest.requires)), None)
        if ready is None:
            break
        placed[ready] = waiting.pop(ready)
    for name, plugin in waiting.items():
        missing = [other for other in plugin.manifest.requires if other not in placed]
        quarantined.append(
            Quarantined(
                name=name,
                reason=f"requires {', '.join(missing)}, which is not there",
                distribution=plugin.distribution,
            )
        )
    return list(placed.values())
