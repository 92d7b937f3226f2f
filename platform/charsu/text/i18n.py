"""Translations: one catalogue of the `.po` files of the core and of every plugin, read at start."""

import io
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
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
    """`message` in the reader's language, `%(name)s` filled; whole numbers come in the reader's digits."""
    if not variables:
        return _plain(current_preferences().locale, message)
    return _filled(_translations().ugettext(message), variables)


def ngettext(singular: str, plural: str, num: int, **variables: object) -> str:
    """As `gettext`, in the form the language uses for `num` things; `%(num)s` is the number."""
    return _filled(_translations().ungettext(singular, plural, num), {"num": num, **variables})


def pgettext(context: str, message: str, **variables: object) -> str:
    """As `gettext`, for words that mean different things in different places (`context` says which)."""
    return _filled(str(_translations().upgettext(context, message)), variables)


def npgettext(context: str, singular: str, plural: str, num: int, **variables: object) -> str:
    """As `ngettext` with the context of `pgettext`."""
    return _filled(str(_translations().unpgettext(context, singular, plural, num)), {"num": num, **variables})


def inside(noun: object) -> str:
    """A title as it stands inside a sentence: “New customer”, but “New SMS”. Persian has no capitals."""
    text = str(noun)
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2].isspace() else text


def lazy(message: str, **variables: object) -> Any:
    """A string translated each time it is shown; for names made without a reader (manifests, schemas)."""
    return LazyString(gettext, message, **variables)


_: Callable[..., str] = gettext


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
    names = dict.fromkeys((*find_catalogue_packages(), *packages))
    _plain.cache_clear()
    _loaded.clear()
    _loaded.update({locale: _read_all(names, locale) for locale in LOCALES})


_loaded: dict[str, Translations] = {}


@lru_cache(maxsize=16_384)
def _plain(locale: Locale, message: str) -> str:
    """A message without variables, kept: pages ask for the same few hundred again and again."""
    if not _loaded:
        load_catalogues()
    return _filled(_loaded[locale].ugettext(message), {})


def _translations() -> Translations:
    if not _loaded:
        load_catalogues()
    return _loaded[current_preferences().locale]


def _read_all(packages: Iterable[str], locale: Locale) -> Translations:
    merged: Translations | None = None
    for package in packages:
        path = find_catalogue(package, locale)
        if path is None:
            continue
        one = _read_one(path, locale)
        merged = one if merged is None else merged.merge(one)
    return merged if merged is not None else _empty(locale)


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


@cache
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

__all__ = ["Markup", "_", "gettext", "lazy", "load_catalogues", "ngettext", "npgettext", "pgettext"]
