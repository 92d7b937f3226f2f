"""Changes of settings in words, for the audit: titles and values as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import marshmallow as ma

from charsu.errors import RuleViolated
from charsu.module_settings.changing import NOT_SET, SET, SET_ANEW
from charsu.module_settings.declaration import AnySettings
from charsu.module_settings.secret_field import SecretField
from charsu.plugins.manifest import Text
from charsu.process import runtime
from charsu.records.fields import Field, LinkField
from charsu.records.texts import readable_text
from charsu.text.i18n import _, lazy

_SECRETS: Mapping[str, Text] = {SET: lazy("Set"), NOT_SET: lazy("Not set"), SET_ANEW: lazy("Set anew")}


def told_changes(details: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Title, value before and value after of each setting; what kept its value as its default stands last.

    What the module does not declare any more, or not in this way, stands as it was noted down.
    """
    loaded = runtime().plugins.find(str(details.get("module")))
    settings = loaded.settings if loaded is not None else None
    before, after = details.get("before") or {}, details.get("after") or {}
    for name in before:
        item = _field(settings, name)
        yield _title(item, name), _value(item, before[name]), _value(item, after.get(name))
    if names := [name for name in details.get("reset", ()) if name not in before]:
        titles = [_title(_field(settings, name), name) for name in names]
        yield _("Back to the default"), "", _(", ").join(titles)


def _field(settings: AnySettings | None, name: str) -> Field | None:
    return settings.by_name.get(name) if settings is not None else None


def _title(item: Field | None, name: str) -> str:
    return str(item.title) if item is not None else name


def _value(item: Field | None, noted: Any) -> str:
    if noted is None:
        return ""
    if isinstance(item, SecretField):
        return str(_SECRETS.get(noted, ""))
    if item is None or isinstance(item, LinkField):
        return str(noted)
    try:
        return readable_text(item, item.from_stored(noted))
    except (ma.ValidationError, RuleViolated, ValueError, TypeError):
        return str(noted)
