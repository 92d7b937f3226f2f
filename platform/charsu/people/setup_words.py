"""The audit of people, roles, modules and settings in words: what was done, to what, before and after."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from charsu.module_settings.changing import ACTION as SETTINGS_CHANGED
from charsu.module_settings.telling import told_changes
from charsu.people.permissions import BUILTIN_TITLES, all_permissions
from charsu.plugins.manifest import Text
from charsu.process import runtime
from charsu.records.registry import find_type
from charsu.text.calendar import format_date
from charsu.text.calendar_names import WEEKDAYS
from charsu.text.i18n import _, lazy
from charsu.text.preferences import current_preferences
from charsu_tenants.audit import AuditEntry
from charsu_tenants.grants import base_name, widest_scope

ACTIONS: Mapping[str, Text] = {
    "business.signed_up": lazy("The business signed up"),
    "business.suspended": lazy("The business was suspended"),
    "business.resumed": lazy("The business was resumed"),
    "field.created": lazy("A field was added"),
    "field.changed": lazy("A field was changed"),
    "field.archived": lazy("A field was taken away"),
    "field.restored": lazy("A field was brought back"),
    "holiday.added": lazy("A holiday was added"),
    "holiday.filled": lazy("The official holidays of a year were added"),
    "holiday.removed": lazy("A holiday was taken away"),
    "holiday.renamed": lazy("A holiday got another name"),
    "hours.changed": lazy("The working hours were changed"),
    "invitation.created": lazy("Somebody was invited"),
    "invitation.revoked": lazy("An invitation was taken back"),
    "member.joined": lazy("Somebody joined"),
    "member.removed": lazy("Somebody was removed"),
    "member.role_changed": lazy("Somebody got another role"),
    "module.disabled": lazy("A module was turned off"),
    "module.enabled": lazy("A module was turned on"),
    "module.purge_asked": lazy("The removal of a module's data was asked for"),
    "module.purge_cancelled": lazy("The removal of a module's data was called off"),
    "module.purged": lazy("The data of a module was removed for good"),
    "module.quarantine_lifted": lazy("A module was tried again"),
    SETTINGS_CHANGED: lazy("Settings of a module were changed"),
    "password.changed": lazy("A password was changed"),
    "password.reset": lazy("A password was set anew"),
    "password.reset_requested": lazy("A new password was asked for"),
    "profile.changed": lazy("A profile was changed"),
    "role.changed": lazy("A role was changed"),
    "role.created": lazy("A role was added"),
    "role.deleted": lazy("A role was deleted"),
    "session.ended": lazy("A browser was logged out"),
    "session.opened": lazy("Somebody logged in"),
    "session.others_ended": lazy("Other browsers were logged out"),
    "settings.changed": lazy("Settings were changed"),
    "team.changed": lazy("A team was changed"),
    "team.created": lazy("A team was added"),
    "team.deleted": lazy("A team was deleted"),
    "team.members_changed": lazy("The members of a team were changed"),
    "token.created": lazy("An API token was made"),
    "token.revoked": lazy("An API token was revoked"),
}
NOUNS: Mapping[str, Text] = {
    "business": lazy("Business"),
    "field": lazy("Fields"),
    "holiday": lazy("Holidays"),
    "hours": lazy("Working hours"),
    "invitation": lazy("Invitations"),
    "member": lazy("Members"),
    "module": lazy("Modules"),
    "password": lazy("Passwords"),
    "profile": lazy("Profiles"),
    "role": lazy("Roles"),
    "session": lazy("Sessions"),
    "settings": lazy("Settings"),
    "team": lazy("Teams"),
    "token": lazy("API tokens"),
}
#: What the parts of an entry are called.
WORDS: Mapping[str, Text] = {
    "count": lazy("Number"),
    "email": lazy("E-mail"),
    "field_rules": lazy("Fields"),
    "held_on": lazy("Day"),
    "ids": lazy("Members"),
    "purge_on": lazy("Day"),
    "is_required": lazy("Required"),
    "key": lazy("Key"),
    "kind": lazy("Kind"),
    "locale": lazy("Language"),
    "members": lazy("Members"),
    "name": lazy("Name"),
    "options": lazy("Options"),
    "permissions": lazy("Permissions"),
    "record_type": lazy("Type"),
    "role": lazy("Role"),
    "scopes": lazy("Scopes"),
    "timezone": lazy("Time zone"),
    "title": lazy("Title"),
    "year": lazy("Year"),
}
#: What an entry is about is named by the first of these it has.
_NAMES = ("title", "name", "email", "module", "member", "role")
_LEFT_OUT = {"before", "after", "user_id", "how"}


@dataclass(frozen=True)
class Part:
    """One value of an entry, before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class SetupEntry:
    """An entry of the audit as people read it."""

    entry: AuditEntry
    title: Text
    #: What it is about.
    about: str
    parts: tuple[Part, ...]

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """Name, value before and value after of each part."""
        return [(_called(one.name), one.before, one.after) for one in self.parts]

    @property
    def actor(self) -> str:
        """Who did it; empty for the system."""
        return str(self.entry.actor.get("name") or "")


def in_words(entry: AuditEntry) -> SetupEntry:
    """Put an entry into words; an action nobody put into words yet stands as it was noted down."""
    named = [name for name in _NAMES if isinstance(entry.details.get(name), str)]
    about = _named(named[0], entry.details[named[0]]) if named else ""
    used = _LEFT_OUT | set(named[:1])
    if entry.action == SETTINGS_CHANGED:
        parts = tuple(Part(*told) for told in told_changes(entry.details))
    else:
        parts = (*_changed(entry.details), *_further(entry.details, used))
    return SetupEntry(entry, ACTIONS.get(entry.action, entry.action), about, parts)


def _changed(details: Mapping[str, Any]) -> Iterator[Part]:
    before, after = details.get("before"), details.get("after")
    if not isinstance(before or {}, Mapping) or not isinstance(after or {}, Mapping):
        yield Part("role", _named("role", before), _named("role", after))
        return
    old, new = before or {}, after or {}
    for name in dict.fromkeys((*old, *new)):
        was, became = old.get(name), new.get(name)
        if was != became:
            yield Part(name, *_difference(name, was, became))


def _difference(name: str, was: Any, became: Any) -> tuple[str, str]:
    """Of two lists only what went and what came; else both values."""
    if isinstance(was, list) and isinstance(became, list):
        gone = [one for one in was if one not in became]
        return _named(name, gone), _named(name, [one for one in became if one not in was])
    return _named(name, was), _named(name, became)


def _further(details: Mapping[str, Any], used: set[str]) -> Iterator[Part]:
    for name, value in details.items():
        if name not in used and not name.endswith("_id") and value not in (None, "", [], {}):
            yield Part(name, "", _named(name, value))


def _named(name: str, value: Any) -> str:
    """A value in words: what the names of permissions, modules, types and built-in roles stand for."""
    if isinstance(value, list):
        return ", ".join(_named(name, one) for one in value)
    if not isinstance(value, str):
        return _written(value)
    return _READ[name](value) if name in _READ else value


def _called(name: str) -> str:
    """A part in words; weekdays by their names in the reader's language."""
    kind, _under, number = name.rpartition("_")
    if kind == "weekday":
        return WEEKDAYS[current_preferences().locale][int(number)]
    return str(WORDS.get(name, name))


def _module(name: str) -> str:
    found = next((item for item in runtime().plugins.loaded if item.name == name), None)
    return str(found.manifest.title) if found else name


def _record_type(key: str) -> str:
    found = find_type(key)
    return str(found.plural_title) if found else key


def _day(iso: str) -> str:
    return format_date(date.fromisoformat(iso))


def _role(key: str) -> str:
    return str(BUILTIN_TITLES.get(key, key))


def _permission(held: str) -> str:
    known = all_permissions().get(base_name(held))
    if known is None:
        return held
    scope = widest_scope({held}, known.name)
    reach = {"own": _("Own"), "team": _("Own and team's")}.get(scope or "", "")
    return f"{known.title} ({reach})" if reach else str(known.title)


#: Parts of entries whose values people know by other words.
_READ: Mapping[str, Callable[[str], str]] = {
    "held_on": _day,
    "module": _module,
    "purge_on": _day,
    "permissions": _permission,
    "record_type": _record_type,
    "role": _role,
    "scopes": _permission,
}


def _written(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_written(one)}" for name, one in value.items())
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)
