"""What the columns of a file mean: guessed by their titles, remembered for the next such file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.records.fields import Field
from charsu.records.importing.joining import places_of_parts
from charsu.records.importing.options import ID, ColumnChoice, ImportOptions
from charsu.text.folding import fold_compact
from charsu.text.preferences import LOCALES, use_locale

if TYPE_CHECKING:
    from charsu.records.record_type import RecordType

_READ = text("SELECT value FROM core_setting WHERE key = :key")
_WRITE = text("""
    INSERT INTO core_setting (key, value) VALUES (:key, CAST(:value AS jsonb))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value
""")
#: Words that columns of the usual kinds have in files of other programs, by kind of field.
_USUAL: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "mobile", "cell", "tel", "telephone", "تلفن", "موبایل", "همراه", "شماره تماس",
              "شماره همراه", "تلفن همراه", "شماره موبایل"),
    "email": ("email", "e-mail", "mail", "ایمیل", "پست الکترونیک", "رایانامه"),
    "national_id": ("national id", "national code", "کد ملی", "کدملی", "شماره ملی", "شناسه ملی"),
    "url": ("website", "web", "url", "وب‌سایت", "سایت", "نشانی وب"),
    "addresses": ("address", "street", "آدرس", "نشانی"),
    "tags": ("tags", "labels", "برچسب", "برچسب‌ها"),
    "member": ("owner", "مسئول", "کارشناس"),
    "long_text": ("note", "notes", "description", "comment", "یادداشت", "توضیح", "توضیحات"),
}  # fmt: skip
_TITLES = ("name", "full name", "title", "نام", "نام کامل", "نام و نام خانوادگی", "نام مشتری", "عنوان")


def guess_columns(
    record_type: RecordType, fields: Sequence[Field], header: Sequence[str]
) -> tuple[ColumnChoice, ...]:
    """Give each column the field of its title in any language, of a synonym, or of a word usual for a kind.

    Each field is taken once, but for columns that each hold a part of it; what is said most plainly comes
    first.
    """
    chosen: dict[int, str] = {}
    titles = [fold_compact(title) for title in header]
    for words in _words(record_type, fields):
        for at, title in enumerate(titles):
            name = words.get(title)
            if name and at not in chosen and name not in chosen.values():
                chosen[at] = name
    for item in fields:
        places = places_of_parts(item, titles)
        if len(places) > 1 or item.name not in chosen.values():
            chosen.update(dict.fromkeys(places, item.name))
    return tuple(ColumnChoice(at=at, field=name) for at, name in sorted(chosen.items()))


def remember(
    session: Session, record_type: RecordType, fields: Iterable[Field], options: ImportOptions
) -> None:
    """Keep the mapping for the next file with these columns, and which fields there were to choose from."""
    value = {
        "known": [item.name for item in fields],
        "columns": [{"at": item.at, "field": item.field, "mode": item.mode} for item in options.columns],
        "match": list(options.match),
        "rows": options.rows,
        "repeated": options.repeated,
        "defaults": dict(options.defaults),
    }
    key = _key(record_type, options.header)
    session.execute(_WRITE, {"key": key, "value": orjson.dumps(value).decode()})


def remembered(
    session: Session, record_type: RecordType, fields: Sequence[Field], header: Sequence[str]
) -> dict[str, Any] | None:
    """The options kept for such a header; None: never seen.

    Without fields that are gone or closed, and with those that came since, where a column is called so.
    """
    value = session.execute(_READ, {"key": _key(record_type, header)}).scalar_one_or_none()
    if value is None:
        return None
    names = {item.name for item in fields}
    columns = [
        ColumnChoice(**item) for item in value["columns"] if item["field"] in names or item["field"] == ID
    ]
    taken = {item.at for item in columns}
    since = [item for item in fields if item.name not in value.get("known", names)]
    columns += [item for item in guess_columns(record_type, since, header) if item.at not in taken]
    matchable = names & set(record_type.match_fields)
    return {
        "columns": tuple(columns),
        "match": tuple(name for name in value["match"] if name in matchable),
        "rows": value["rows"],
        "repeated": value["repeated"],
        "defaults": {name: text for name, text in value["defaults"].items() if name in names},
    }


def _words(record_type: RecordType, fields: Sequence[Field]) -> list[dict[str, str]]:
    """Folded words -> field, in three steps: own titles and names, synonyms, what is usual for a kind."""
    own: dict[str, str] = {"id": ID}
    synonyms: dict[str, str] = {}
    usual: dict[str, str] = dict.fromkeys(map(fold_compact, _TITLES), record_type.title_field)
    for item in fields:
        for locale in LOCALES:
            with use_locale(locale):
                own.setdefault(fold_compact(str(item.title)), item.name)
        own.setdefault(fold_compact(item.name), item.name)
        for word in item.synonyms:
            synonyms.setdefault(fold_compact(word), item.name)
        for word in _USUAL.get(item.kind, ()):
            usual.setdefault(fold_compact(word), item.name)
    return [own, synonyms, usual]


def _key(record_type: RecordType, header: Sequence[str]) -> str:
    folded = "\n".join(fold_compact(title) for title in header)
    return f"import.{record_type.key}.{hashlib.sha256(folded.encode()).hexdigest()[:32]}"
