"""Keeps the `.po` files complete: `python -m charsu.text.catalogues check` or `update [PACKAGE]`.

`update` collects every message in code and templates of the core and the plugins, or of one package, keeps
the translations there are and drops what is no longer used; English fills itself. `check` changes nothing and
fails on a missing, empty, fuzzy, left-over or ill-formed entry and, asked for all packages, where two of them
translate one message differently.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from charsu.text.i18n import find_catalogue_packages, find_package_folder
from charsu.text.preferences import LOCALES

_METHODS = [("**/tests/**", "ignore"), ("**.py", "python"), ("**/templates/**.*", "jinja2")]
_OPTIONS = {"**/templates/**.*": {"trimmed": "true", "silent": "false"}}
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "plazy": ((1, "c"), 2),
}
#: `%d` would write Latin digits in Persian text; `%(num)s` writes the reader's.
_LATIN_NUMBER = re.compile(r"%\(\w+\)[di]")
_PLURALS = {"fa": "nplurals=2; plural=(n > 1);", "en": "nplurals=2; plural=(n != 1);"}
_HEADER = r"""msgid ""
msgstr ""
"Language: {locale}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: {plural}\n"
"""

Key = tuple[str | tuple[str, str], str | None]


def main(arguments: list[str]) -> int:
    """Run one of the two verbs; the exit code says whether all is well."""
    packages = _package_folders()
    verb, *names = arguments or [""]
    if verb not in ("check", "update") or len(names) > 1 or not set(names) <= set(packages):
        sys.stderr.write("usage: python -m charsu.text.catalogues check|update [PACKAGE]\n")
        return 2
    chosen = {name: packages[name] for name in names or packages}
    if verb == "update":
        for folder in chosen.values():
            update_catalogues(folder)
    faults = [fault for name, folder in chosen.items() for fault in find_faults(name, folder)]
    faults += [] if names else find_conflicts(packages)
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"{len(chosen)} packages, {len(faults)} faults\n")
    return 1 if faults else 0


def extract_messages(folder: Path) -> Catalog:
    """Every message in the code and templates below a package's folder, without translations."""
    found = Catalog(charset="utf-8")
    for _file, _line, message, comments, context in extract_from_dir(
        folder,
        _METHODS,
        _OPTIONS,
        keywords=_KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    ):
        found.add(message, auto_comments=comments, context=context)
    return found


def update_catalogues(folder: Path) -> None:
    """Bring a package's catalogues up to its code; an empty translation waits for a person."""
    template = extract_messages(folder)
    for locale in LOCALES:
        path = _path(folder, locale)
        old = _read(path, locale)
        new = Catalog(locale=locale, charset="utf-8", fuzzy=False)
        # Babel knows one form for Persian; gettext's header, which readers go by, says two.
        new.mime_headers = [("Plural-Forms", _PLURALS[locale])]
        for message in _messages(template):
            known = old.get(message.id, message.context)
            string = known.string if known is not None and not known.fuzzy else ""
            if locale == "en" and not _is_filled(string):
                string = message.id
            new.add(
                message.id,
                string,
                flags=message.flags,
                auto_comments=message.auto_comments,
                context=message.context,
            )
        if len(new) or path.is_file():
            _write(path, new, locale)


def find_faults(package: str, folder: Path) -> Iterator[str]:
    """What is wrong with a package's catalogues, one line each."""
    template = extract_messages(folder)
    for message in _messages(template):
        if any(_LATIN_NUMBER.search(form) for form in _forms(message.id)):
            yield f"{package}: {_forms(message.id)[0]!r} writes a number with %d: use %s"
    for locale in LOCALES:
        catalogue = _read(_path(folder, locale), locale)
        for message in _messages(template):
            yield from _message_faults(f"{package} {locale}", catalogue, message)
        for message in _messages(catalogue):
            if template.get(message.id, message.context) is None:
                yield f"{package} {locale}: {_forms(message.id)[0]!r} is used nowhere"


def find_conflicts(packages: dict[str, Path]) -> list[str]:
    """Messages that two packages translate differently: each shows its own, which reads as if by chance."""
    faults = []
    for locale in LOCALES:
        seen: dict[Key, tuple[str, Any]] = {}
        for package, folder in packages.items():
            for message in _messages(_read(_path(folder, locale), locale)):
                key = (_key_of(message), message.context)
                first, string = seen.setdefault(key, (package, message.string))
                if string != message.string:
                    text = f"{locale}: {first} and {package} translate {key[0]!r} differently: use pgettext"
                    faults.append(text)
    return faults


def _message_faults(where: str, catalogue: Catalog, message: Message) -> Iterator[str]:
    text = repr(_forms(message.id)[0])
    known = catalogue.get(message.id, message.context)
    if known is None:
        yield f"{where}: {text} is missing"
        return
    if not _is_filled(known.string):
        yield f"{where}: {text} is not translated"
        return
    if known.fuzzy:
        yield f"{where}: {text} is fuzzy"
    # Babel looks at placeholders only where it found some in the message.
    for error in known.check(catalogue):
        yield f"{where}: {text}: {error}"


def _package_folders() -> dict[str, Path]:
    found = {name: find_package_folder(name) for name in find_catalogue_packages()}
    return {name: folder for name, folder in found.items() if folder is not None}


def _path(folder: Path, locale: str) -> Path:
    return folder / "locale" / locale / "LC_MESSAGES" / "messages.po"


def _read(path: Path, locale: str) -> Catalog:
    if not path.is_file():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _write(path: Path, catalogue: Catalog, locale: str) -> None:
    """Write without dates, line numbers and the like, so that two branches conflict only where they must."""
    body = io.BytesIO()
    write_po(body, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    header = _HEADER.format(locale=locale, plural=_PLURALS[locale])
    path.write_text(f"{header}\n{body.getvalue().decode().strip()}\n", encoding="utf-8")


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _forms(message_id: Any) -> tuple[str, ...]:
    return tuple(message_id) if isinstance(message_id, (tuple, list)) else (message_id,)


def _key_of(message: Message) -> Any:
    return _forms(message.id)[0]


def _is_filled(string: Any) -> bool:
    return all(_forms(string)) if string else False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
