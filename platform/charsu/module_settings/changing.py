"""Changing the settings of a module: the one way of page and API, with rules, version and audit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import Conflict, RuleViolated
from charsu.module_settings.declaration import AnySettings
from charsu.module_settings.reading import Holding, Row, forget_settings, held, to_stored
from charsu.module_settings.secret_field import SecretField
from charsu.people.audit import note_setup
from charsu.records.access import RecordAccess
from charsu.records.fields import Field, LinkField
from charsu.records.links import check_links, titles
from charsu.records.service import STALE
from charsu.text.i18n import _

#: The action of the audit's entries.
ACTION = "module.settings_changed"
#: What the audit says of a secret.
SET, NOT_SET, SET_ANEW = "set", "not set", "set anew"
_LOCK = text("SELECT version, stored FROM core_module_settings WHERE module = :module FOR NO KEY UPDATE")
_INSERT = text("""
    INSERT INTO core_module_settings (module, version, stored)
    VALUES (:module, :version, CAST(:stored AS jsonb)) ON CONFLICT DO NOTHING RETURNING module
""")
_UPDATE = text("""
    UPDATE core_module_settings SET version = :version, stored = CAST(:stored AS jsonb)
     WHERE module = :module RETURNING module
""")


@dataclass(frozen=True, kw_only=True)
class Change:
    """Loaded values by name, names that go back to their default, and the version both were made from."""

    values: Mapping[str, Any] = field(default_factory=dict)
    reset: Collection[str] = ()
    version: int | None = None


def change_settings(session: Session, settings: AnySettings, access: RecordAccess, change: Change) -> Holding:
    """Store a change and return what holds then; one that changes nothing writes nothing.

    A value that holds anyway is not stored: where it is the default, it follows the default of later
    versions of the module.

    Raises: RuleViolated on the field; Conflict `stale` when the settings are not of `change.version`.
    """
    _check_names(settings, change)
    values = {name: _checked(settings.by_name[name], value) for name, value in change.values.items()}
    check_links(session, settings.fields, values, access)
    row = _locked(session, settings.module)
    if change.version not in (None, row.version):
        raise _stale()
    before = held(settings, row)
    stored = _merged(settings, row, before, values, change.reset)
    if stored == row.stored:
        return before
    after = held(settings, Row(row.version + 1, stored))
    if settings.check is not None:
        settings.check(after.typed)
    _write(session, settings.module, after.version, stored)
    forget_settings(session)
    _note(session, settings, before, after)
    return after


def _check_names(settings: AnySettings, change: Change) -> None:
    for name in (*change.values, *change.reset):
        if name not in settings.by_name:
            raise RuleViolated(_("There is no such setting."), field=name, code="setting_unknown")
    for name in change.reset:
        if name in change.values:
            raise RuleViolated(
                _("Give a value or take the default, not both."), field=name, code="setting_twice"
            )


def _checked(item: Field, value: Any) -> Any:
    if item.is_required and value in (None, "", []):
        raise RuleViolated(_("Please fill this in."), field=item.name, code="required")
    return item.checked(value)


def _locked(session: Session, module: str) -> Row:
    found = session.execute(_LOCK, {"module": module}).one_or_none()
    return Row() if found is None else Row(found.version, found.stored)


def _merged(
    settings: AnySettings, row: Row, before: Holding, values: Mapping[str, Any], reset: Iterable[str]
) -> dict[str, Any]:
    """What is to be stored; names the declaration does not know stay, as their module may know them again."""
    stored = dict(row.stored)
    for name, value in values.items():
        item = settings.by_name[name]
        if name not in before.unfit and before.values[name] == value:
            continue
        stored[name] = to_stored(settings.module, item, value)
        if isinstance(item, SecretField) and value is None:
            del stored[name]
    for name in reset:
        stored.pop(name, None)
    return stored


def _write(session: Session, module: str, version: int, stored: Mapping[str, Any]) -> None:
    statement = _INSERT if version == 1 else _UPDATE
    values = {"module": module, "version": version, "stored": orjson.dumps(stored).decode()}
    if session.execute(statement, values).one_or_none() is None:
        # There was no row to lock, and somebody was quicker.
        raise _stale()


def _stale() -> Conflict:
    return Conflict(_("Somebody changed this meanwhile. Look at the new values and try again."), code=STALE)


def _note(session: Session, settings: AnySettings, before: Holding, after: Holding) -> None:
    """Tell the audit what became different, and what went back to its default."""
    told: tuple[dict[str, Any], dict[str, Any]] = {}, {}
    for name, item in settings.by_name.items():
        was, became = before.values[name], after.values[name]
        if was != became:
            told[0][name], told[1][name] = _told(session, item, was, became)
    reset = sorted((before.changed | before.unfit) - after.changed - after.unfit)
    note_setup(ACTION, module=settings.module, before=told[0], after=told[1], reset=reset)


def _told(session: Session, item: Field, was: Any, became: Any) -> tuple[Any, Any]:
    """Both values as the audit keeps them: of a secret whether it is set, of a link what it leads to."""
    if isinstance(item, SecretField):
        return SET if was else NOT_SET, (SET_ANEW if was else SET) if became else NOT_SET
    if isinstance(item, LinkField):
        names = titles(session, item.to, [one for one in (was, became) if one is not None])
        return names.get(was), names.get(became)
    return item.to_stored(was), item.to_stored(became)
