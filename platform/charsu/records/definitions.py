"""Defining custom fields: adding, renaming, ordering and archiving what a business keeps beyond a type's own.

A field's key and kind are stored with its values, so the key stays for good and the kind as long as there are
values. An archived field is nowhere to be seen; its values stay with the records and come back with it.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from charsu import clock
from charsu.errors import Conflict, NotFound, RuleViolated
from charsu.people.audit import note_setup
from charsu.records.custom import KINDS, forget_fields
from charsu.records.field_options import check_options, latin_word, words_of
from charsu.records.query import RESERVED
from charsu.records.record_type import RecordType
from charsu.text.i18n import _

#: So many a type can have.
MOST = 100
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
#: Words an answer of the API, an address or a form has for itself.
_TAKEN = RESERVED | {"id", "custom", "is_sample", "next", "updated_at", "record_id", "title_field"}
_SELECT = """
    SELECT id, record_type, key, title, kind, options, is_required, position, archived_at
      FROM core_custom_field
"""
_LIST = text(f"""{_SELECT}
     WHERE CAST(:record_type AS text) IS NULL OR record_type = :record_type
     ORDER BY record_type, archived_at IS NOT NULL, position, id
""")
_GET = text(f"{_SELECT} WHERE id = :id FOR NO KEY UPDATE")
_ADD = text("""
    INSERT INTO core_custom_field (record_type, key, title, kind, options, is_required, position)
    VALUES (:record_type, :key, :title, :kind, CAST(:options AS jsonb), :is_required,
            (SELECT coalesce(max(position), 0) + 1 FROM core_custom_field WHERE record_type = :record_type))
    ON CONFLICT (record_type, key) DO NOTHING RETURNING id
""")
_CHANGE = text("""
    UPDATE core_custom_field
       SET title = :title, kind = :kind, options = CAST(:options AS jsonb), is_required = :is_required
     WHERE id = :id
""")
_ARCHIVE = text("UPDATE core_custom_field SET archived_at = :at WHERE id = :id")
_ORDER = text("""
    UPDATE core_custom_field f SET position = o.place
      FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS o(id, place) WHERE f.id = o.id
""")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A custom field as it is stored."""

    id: uuid.UUID
    record_type: str
    key: str
    title: str
    kind: str
    options: Mapping[str, Any]
    is_required: bool
    position: int
    archived_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a field is to be; `options` are what its kind can be told, see `charsu.records.field_options`."""

    title: str
    kind: str
    options: Mapping[str, Any]
    is_required: bool = False
    #: Its key in the API; empty: made of the title.
    key: str = ""


def list_definitions(session: Session, record_type: str | None = None) -> list[Definition]:
    """The custom fields of a type (or of all), in their order, archived ones last."""
    rows = session.execute(_LIST, {"record_type": record_type}).mappings()
    return [Definition(**{str(name): value for name, value in row.items()}) for row in rows]


def get_definition(session: Session, field_id: uuid.UUID) -> Definition:
    """One of them, its row locked where the session can write. Raises NotFound."""
    found = next((one for one in list_definitions(session) if one.id == field_id), None)
    if found is None:
        raise NotFound(_("There is no such field."))
    return found


def add_definition(session: Session, record_type: RecordType, draft: Draft) -> Definition:
    """Add a field to a type.

    Raises: RuleViolated naming what is wrong; Conflict for a key that is taken, also by an archived field.
    """
    _check_title(draft.title)
    if draft.kind not in KINDS:
        raise RuleViolated(_("There is no such kind of field."), field="kind")
    known = list_definitions(session, record_type.key)
    if len(known) >= MOST:
        raise Conflict(_("A type has at most %(count)s fields of your own.", count=MOST), code="too_many")
    key = draft.key or _key_for(draft.title, record_type, known)
    _check_key(record_type, key)
    options = check_options(draft.kind, draft.options)
    values: dict[str, Any] = {
        "record_type": record_type.key,
        "key": key,
        "title": draft.title,
        "kind": draft.kind,
    }
    values |= {"options": orjson.dumps(options).decode(), "is_required": draft.is_required}
    made = session.execute(_ADD, values).scalar_one_or_none()
    if made is None:
        raise Conflict(
            _("There is a field “%(key)s” already, maybe in the archive.", key=key),
            field="key",
            code="key_taken",
        )
    forget_fields(session)
    added = get_definition(session, uuid.UUID(str(made)))
    _note("created", added, after=_described(added))
    return added


def change_definition(
    session: Session, record_type: RecordType, field_id: uuid.UUID, draft: Draft
) -> Definition:
    """Rename a field, change its options or whether it is required; the key stays.

    Raises: NotFound; RuleViolated; Conflict for another kind, or for an option taken away, while records have
    such values.
    """
    known = get_definition(session, field_id)
    session.execute(_GET, {"id": field_id})
    _check_title(draft.title)
    if draft.kind != known.kind:
        if draft.kind not in KINDS:
            raise RuleViolated(_("There is no such kind of field."), field="kind")
        if has_values(session, record_type, known.key):
            raise Conflict(
                _("Records have values in this field, so its kind stays. Add a new field instead."),
                field="kind",
                code="kind_in_use",
            )
    options = check_options(draft.kind, draft.options)
    gone = words_of(known.options) - words_of(options) if draft.kind == known.kind else set()
    if used := [word for word in sorted(gone) if has_values(session, record_type, known.key, word)]:
        title = known.options["options"][used[0]]
        raise Conflict(
            _("Records have the value “%(title)s”, so it stays.", title=title),
            field="options",
            code="option_in_use",
        )
    values = {"id": field_id, "title": draft.title, "kind": draft.kind, "is_required": draft.is_required}
    session.execute(_CHANGE, {**values, "options": orjson.dumps(options).decode()})
    forget_fields(session)
    changed = get_definition(session, field_id)
    if _described(changed) != _described(known):
        _note("changed", changed, before=_described(known), after=_described(changed))
    return changed


def set_archived(session: Session, field_id: uuid.UUID, *, is_archived: bool) -> None:
    """Take a field out of sight with its values, or bring it back. Raises NotFound."""
    known = get_definition(session, field_id)
    if (known.archived_at is not None) is not is_archived:
        session.execute(_ARCHIVE, {"id": field_id, "at": clock.now() if is_archived else None})
        forget_fields(session)
        _note("archived" if is_archived else "restored", known)


def move_definition(session: Session, field_id: uuid.UUID, step: int) -> None:
    """Let a field change places with the one before (-1) or after it (1). Raises NotFound."""
    known = get_definition(session, field_id)
    live = [one.id for one in list_definitions(session, known.record_type) if one.archived_at is None]
    if field_id not in live:
        return
    at = live.index(field_id)
    to = min(max(at + step, 0), len(live) - 1)
    live[at], live[to] = live[to], live[at]
    order_definitions(session, live)


def order_definitions(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """Put fields into this order."""
    session.execute(_ORDER, {"ids": list(ids)})
    forget_fields(session)


def has_values(session: Session, record_type: RecordType, key: str, word: str | None = None) -> bool:
    """Whether some record, in the bin too, has a value in the field; with `word` that one."""
    condition = "custom -> :key IS NOT NULL AND custom -> :key <> 'null'"
    if word is not None:
        condition = "(custom -> :key) @> to_jsonb(CAST(:word AS text))"
    statement = select(record_type.model.id).where(text(condition)).limit(1)
    return session.execute(statement, {"key": key, "word": word}).first() is not None


def _described(one: Definition) -> dict[str, Any]:
    """What the audit keeps of a field."""
    return {
        "title": one.title,
        "kind": one.kind,
        "is_required": one.is_required,
        "options": dict(one.options),
    }


def _note(what: str, one: Definition, **values: Any) -> None:
    note_setup(f"field.{what}", title=one.title, record_type=one.record_type, key=one.key, **values)


def _check_title(title: str) -> None:
    if not 1 <= len(title) <= 100:
        raise RuleViolated(_("A title has 1 to 100 characters."), field="title")


def _check_key(record_type: RecordType, key: str) -> None:
    if not _KEY.match(key):
        raise RuleViolated(
            _("A key begins with a letter a to z and has small letters, digits and _ only."), field="key"
        )
    if is_taken(record_type, key):
        raise RuleViolated(
            _("“%(key)s” is a field of its own already.", key=key), field="key", code="key_taken"
        )


def is_taken(record_type: RecordType, key: str) -> bool:
    """Whether a word names something of the type already."""
    columns = {attribute.key for attribute in inspect(record_type.model).column_attrs}
    return key in _TAKEN or key in record_type.by_name or key in columns or key in record_type.aliases


def _key_for(title: str, record_type: RecordType, known: Sequence[Definition]) -> str:
    """A free key that reads like the title."""
    word = latin_word(title)
    if not re.match(r"[a-z]", word):
        word = f"field_{word}".rstrip("_")
    taken = {one.key for one in known}
    numbered = (word if number == 1 else f"{word}_{number}" for number in range(1, MOST * 2))
    return next(key for key in numbered if key not in taken and not is_taken(record_type, key))
