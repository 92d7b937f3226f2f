"""Checks the record types of a plugin: what a declaration can get wrong and nobody sees until it is used."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from babel.messages.pofile import read_po
from flask_babel.speaklater import LazyString

from charsu.people.permissions import BUILTIN_TITLES, all_permissions
from charsu.plugins.checking_settings import settings_texts
from charsu.plugins.manifest import Text
from charsu.plugins.setup import Loaded
from charsu.process import Runtime
from charsu.records.fields import ChoiceField, Field, LinkField, MemberField, MultiChoiceField
from charsu.records.record_type import VERBS, RecordType
from charsu.text.catalogues import extract_messages
from charsu.text.i18n import find_catalogue, find_catalogue_packages, find_package_folder

#: Where code and templates name a permission: `can("x.y.z")`, `permission="x.y.z"`.
_ASKED = re.compile(r"""(?:\bcan\(\s*|\bpermission\s*=\s*)["']([a-z_]+(?:\.[a-z_]+)+)["']""")


def check_types(runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    """What is wrong with the record types of a plugin, one line each."""
    yield from _untranslated(plugin)
    for record_type in plugin.records:
        yield from _links(runtime, plugin, record_type)
        yield from _names(record_type)
        yield from _verbs(record_type)
        yield from _templates(plugin, record_type)


def check_permissions(_runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    """Permissions that code or templates ask for and no module declares; roles that are none."""
    for permission in plugin.permissions:
        for proposed in permission.default_roles:
            role = proposed.partition("@")[0]
            if role not in BUILTIN_TITLES:
                yield f"permission {permission.name} is for the role {role}, which is not built in"
    known = all_permissions()
    folder = find_package_folder(plugin.package) or Path()
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.html")]):
        for name in dict.fromkeys(_ASKED.findall(path.read_text(encoding="utf-8"))):
            if name not in known:
                said = path.relative_to(folder.parent)
                yield f"{said} asks for permission {name}, which no module declares{_meant(name, known)}"


def column_faults(plugin: Loaded, made: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Fields whose column the revisions do not make, by the tables and columns they do."""
    for record_type in plugin.records:
        table = record_type.model.__tablename__
        columns = made.get(table)
        if columns is None:
            continue
        model = {column.name for column in record_type.model.__table__.columns}
        for item in record_type.all_fields:
            if item.name in model and item.name not in columns:
                yield (
                    f"{record_type.key}: field {item.name} has no column in {table}: add a revision that "
                    f"makes it"
                )
        base = {"custom", "search_text", "is_sample", "created_at", "updated_at", "deleted_at", "owner_id"}
        if lacking := sorted(base - columns):
            yield (
                f"{record_type.key}: {table} lacks {', '.join(lacking)}, which every record has: make it by "
                f"record_table"
            )


def _texts(record_type: RecordType) -> Iterator[tuple[str, Text]]:
    """Every text of a declaration that people read, with where it stands."""
    yield "title", record_type.title
    yield "plural_title", record_type.plural_title
    yield "summary", record_type.summary
    for section in record_type.sections:
        yield f"title of section {section.key}", section.title
    for item in record_type.fields:
        yield f"title of field {item.name}", item.title
        yield f"help of field {item.name}", item.help
        if isinstance(item, ChoiceField | MultiChoiceField):
            for word, title in item.options.items():
                yield f"option {word} of field {item.name}", title


def _untranslated(plugin: Loaded) -> Iterator[str]:
    """Texts without a translation; a module that translates none of them speaks one language on purpose."""
    texts = [
        (f"{item.key}: {where}", text) for item in plugin.records for where, text in _texts(item) if text
    ]
    if plugin.settings is not None:
        texts += [(f"settings: {where}", text) for where, text in settings_texts(plugin.settings) if text]
    if all(isinstance(text, str) for _where, text in texts):
        return
    known = _translated(plugin)
    for where, text in texts:
        yield from _text_faults(where, text, known)


def _text_faults(where: str, text: Text, known: frozenset[str]) -> Iterator[str]:
    if isinstance(text, str):
        yield f"{where}, {text!r}, is plain text and stays so in every language: write lazy({text!r})"
    elif isinstance(text, LazyString) and text._args and text._args[-1] not in known:  # noqa: SLF001 - it has no other way to tell its message
        yield f"{where}, {text._args[-1]!r}, is in no catalogue"  # noqa: SLF001 - as above


def _translated(plugin: Loaded) -> frozenset[str]:
    """Messages the plugin's code holds, and those with a Persian translation in any package installed."""
    found: set[str] = set()
    for package in dict.fromkeys((*find_catalogue_packages(), plugin.package)):
        path = find_catalogue(package, "fa")
        if path is not None:
            with path.open("rb") as file:
                for message in read_po(file, locale="fa"):
                    found.add(message.id if isinstance(message.id, str) else message.id[0])
    # What the code says in so many words is told with the catalogues.
    folder = find_package_folder(plugin.package)
    said = [message.id for message in extract_messages(folder)] if folder is not None else []
    return frozenset(found | {words if isinstance(words, str) else words[0] for words in said if words})


def _links(runtime: Runtime, plugin: Loaded, record_type: RecordType) -> Iterator[str]:
    """Links that lead nowhere, or to a module the manifest does not name."""
    modules = {item.key: one.name for one in runtime.plugins.loaded for item in one.records}
    named = {plugin.name, *runtime.plugins.requirements(plugin.name), *plugin.manifest.optional}
    for item in record_type.fields:
        if not isinstance(item, LinkField) or isinstance(item, MemberField):
            continue
        where = f"{record_type.key}: field {item.name} leads to {item.to}"
        if item.to not in modules:
            yield f"{where}, which no installed module declares{_meant(item.to, modules)}"
        elif modules[item.to] not in named:
            yield f"{where}: name {modules[item.to]} in `requires` or `optional` of the manifest"


def _names(record_type: RecordType) -> Iterator[str]:
    """Parts of the declaration that name a field which is not there; a name nobody finds."""
    for where, name in _named_fields(record_type):
        if name and name not in record_type.by_name:
            meant = _meant(name, record_type.by_name)
            yield f"{record_type.key}: {where} names {name}, which is no field{meant}"
    sections = {item.key for item in record_type.sections}
    for item in record_type.fields:
        if item.section and item.section not in sections:
            yield f"{record_type.key}: field {item.name} is in section {item.section}, which it does not have"
    title: Field | None = record_type.by_name.get(record_type.title_field)
    if title is not None and not title.is_searched:
        yield f"{record_type.key}: field {title.name} names the record: set is_searched, else nobody finds it"


def _named_fields(record_type: RecordType) -> Iterator[tuple[str, str]]:
    board, calendar = record_type.board, record_type.calendar
    due, duplicates = record_type.due, record_type.duplicates
    if board is not None:
        for name in (board.field, board.group_field, board.sum_field, board.weight_field, *board.card_fields):
            yield "board", name
    if calendar is not None:
        for part in ("start", "end", "all_day", "member", "tone", "repeat"):
            yield f"calendar.{part}_field", getattr(calendar, f"{part}_field")
    if due is not None:
        for part in ("due", "done", "member", "priority"):
            yield f"due.{part}_field", getattr(due, f"{part}_field")
    if duplicates is not None:
        for name in (duplicates.name_field, *duplicates.strong_fields):
            yield "duplicates", name


def _verbs(record_type: RecordType) -> Iterator[str]:
    for word in sorted((record_type.verbs | record_type.default_roles.keys()) - VERBS.keys()):
        yield f"{record_type.key}: {word} is no verb of the kit: {', '.join(VERBS)}"


def _templates(plugin: Loaded, record_type: RecordType) -> Iterator[str]:
    folder = (find_package_folder(plugin.package) or Path()) / "templates"
    for part, template in record_type.templates.items():
        if not (folder / template).is_file() and not template.startswith("records/"):
            yield f"{record_type.key}: its template for {part}, {template}, is not in {folder.name}/"


def _meant(name: str, known: Mapping[str, object]) -> str:
    """`; did you mean …?`, where something is written nearly so."""
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    return f"; did you mean {near[0]}?" if near else ""
