"""Translations: the `.po` files of the core and of every plugin, read at start; each asks its own first."""

import io
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from charsu.text.preferences import LOCALES, Locale, current_preferences

CORE_PACKAGE = "charsu"


class LocalNumber(int):
    """A whole number that a translation writes in the reader's digits where it says `%(name)s`."""

    def __str__(self) -> str:
        return _written(self)


def gettext(message: str, **variables: object) -> str:
    """`message` in the reader's language, `%(name)s` filled; whole numbers come in the reader's digits.

    As all functions here it asks the catalogue of the calling package first: what a plugin makes of a message
    shows in its own texts and nowhere else.
    """
    if not variables:
        return _plain(current_preferences().locale, _caller(), message)
    return _gettext(_caller(), message, **variables)


def ngettext(singular: str, plural: str, num: int, **variables: object) -> str:
    """As `gettext`, in the form the language uses for `num` things; `%(num)s` is the number."""
    return _ngettext(_caller(), singular, plural, num, **variables)


def pgettext(context: str, message: str, **variables: object) -> str:
    """As `gettext`, for words that mean different things in different places (`context` says which)."""
    return _pgettext(_caller(), context, message, **variables)


def npgettext(context: str, singular: str, plural: str, num: int, **variables: object) -> str:
    """As `ngettext` with the context of `pgettext`."""
    return _npgettext(_caller(), context, singular, plural, num, **variables)


def lazy(message: str, **variables: object) -> Any:
    """A string translated each time it is shown; for names made without a reader (manifests, schemas)."""
    return LazyString(partial(_gettext, _caller()), message, **variables)


def plazy(context: str, message: str, **variables: object) -> Any:
    """As `lazy` with the context of `pgettext`."""
    return LazyString(partial(_pgettext, _caller()), context, message, **variables)


def texts_of(package: str) -> dict[str, Callable[..., str]]:
    """The functions by which a template of this package speaks, by their names."""
    by_name: dict[str, Callable[..., str]] = {
        "_": _gettext,
        "gettext": _gettext,
        "ngettext": _ngettext,
        "pgettext": _pgettext,
        "npgettext": _npgettext,
    }
    return {name: partial(function, package) for name, function in by_name.items()}


def inside(noun: object) -> str:
    """A title as it stands inside a sentence: “New customer”, but “New SMS”. Persian has no capitals."""
    text = str(noun)
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2].isspace() else text


_: Callable[..., str] = gettext


def _caller() -> str:
    """The package of the code that called one of the functions above."""
    module: str = sys._getframe(2).f_globals.get("__name__", "")  # noqa: SLF001 - what `inspect` asks too, at a hundredth of the time
    return module.partition(".")[0]


def _gettext(package: str, message: str, /, **variables: object) -> str:
    if not variables:
        return _plain(current_preferences().locale, package, message)
    return _filled(_translations(package).ugettext(message), variables)


def _ngettext(package: str, singular: str, plural: str, num: int, /, **variables: object) -> str:
    return _filled(_translations(package).ungettext(singular, plural, num), {"num": num, **variables})


def _pgettext(package: str, context: str, message: str, /, **variables: object) -> str:
    return _filled(str(_translations(package).upgettext(context, message)), variables)


def _npgettext(
    package: str, context: str, singular: str, plural: str, num: int, /, **variables: object
) -> str:
    found = str(_translations(package).unpgettext(context, singular, plural, num))
    return _filled(found, {"num": num, **variables})


def find_catalogue_packages() -> tuple[str, ...]:
    """The core and the package of every installed plugin, found without importing any plugin."""
    plugins = {point.value.split(":")[0].split(".")[0] for point in entry_points(group="charsu.plugins")}
    return (CORE_PACKAGE, *sorted(plugins))


def find_package_folder(package: str) -> Path | None:
    """Where a top-level package lies on disk, or None when it is not installed."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def find_catalogue(package: str, locale: Locale) -> Path | None:
    """The `.po` file of one package in one language, or None when it has none."""
    folder = find_package_folder(package)
    path = folder / "locale" / locale / "LC_MESSAGES" / "messages.po" if folder is not None else None
    return path if path is not None and path.is_file() else None


def load_catalogues(packages: Iterable[str] = ()) -> None:
    """Read the catalogues of all installed packages, and of these besides; drops what was read before."""
    names = tuple(dict.fromkeys((*find_catalogue_packages(), *packages)))
    _plain.cache_clear()
    _loaded.clear()
    _loaded.update({locale: _read_all(names, locale) for locale in LOCALES})


#: By language and package; under the empty name what is asked where a package has nothing of its own.
_loaded: dict[str, dict[str, Translations]] = {}
_SHARED = ""


@lru_cache(maxsize=16_384)
def _plain(locale: Locale, package: str, message: str) -> str:
    """A message without variables, kept: pages ask for the same few hundred again and again."""
    return _filled(_of_package(locale, package).ugettext(message), {})


def _translations(package: str) -> Translations:
    return _of_package(current_preferences().locale, package)


def _of_package(locale: Locale, package: str) -> Translations:
    if not _loaded:
        load_catalogues()
    found = _loaded[locale]
    return found.get(package) or found[_SHARED]


def _read_all(packages: Sequence[str], locale: Locale) -> dict[str, Translations]:
    """The catalogue of each package, behind it the one of all, in which the core's word stands first."""
    paths = {package: path for package in packages if (path := find_catalogue(package, locale))}
    # What is merged last wins: the core, which comes first. How words are counted is what the first one says.
    shared, *others = [_read_one(path, locale) for path in reversed(paths.values())] or [_empty(locale)]
    for other in others:
        shared.merge(other)
    found = {package: _read_one(path, locale) for package, path in paths.items() if package != CORE_PACKAGE}
    for own in found.values():
        own.add_fallback(shared)
    return {**found, _SHARED: shared}


def _read_one(path: Path, locale: str) -> Translations:
    """One file as a catalogue in memory; fuzzy entries are left out, as `msgfmt` does."""
    return Translations(io.BytesIO(_compiled(path, locale, path.stat().st_mtime_ns)))


@lru_cache(maxsize=64)
def _compiled(path: Path, locale: str, _changed_at: int) -> bytes:
    """A file in the form it is looked up in, kept: every application of a process starts by reading it."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def _empty(locale: str) -> Translations:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(b""), locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def _filled(message: str, variables: dict[str, object]) -> str:
    """`message` with its variables; without any, a doubled percent sign becomes one (templates double it)."""
    if not variables:
        return message.replace("%%", "%")
    shown: dict[str, object] = {}
    is_html = False
    for name, value in variables.items():
        if type(value) is str:
            shown[name] = value
        elif type(value) is int:
            shown[name] = LocalNumber(value)
        elif isinstance(value, LazyString):
            shown[name] = str(value)
        else:
            shown[name] = value
            is_html = is_html or hasattr(value, "__html__")
    return escape(message) % shown if is_html else message % shown


def _written(number: int) -> str:
    text = f"{int(number):,}"
    if current_preferences().locale != "fa":
        return text
    return text.translate(_PERSIAN)


_PERSIAN = str.maketrans("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬")

__all__ = [
    "Markup",
    "_",
    "gettext",
    "lazy",
    "load_catalogues",
    "ngettext",
    "npgettext",
    "pgettext",
    "plazy",
]
