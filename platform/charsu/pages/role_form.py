"""What the form of a role asks: each permission with its scope, and each field of each kind of record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from charsu.db import db
from charsu.pages.visit import tenant
from charsu.people.permissions import CORE_PERMISSIONS, all_permissions
from charsu.plugins.pieces import Permission
from charsu.process import runtime
from charsu.records.custom import fields_of
from charsu.records.fields import Field
from charsu.records.record_type import RecordType
from charsu.records.registry import usable_types
from charsu.text.i18n import _
from charsu_tenants.grants import (
    FieldRules,
    Grant,
    base_name,
    field_access,
    widest_scope,
    with_scope,
)


@dataclass(frozen=True)
class FieldChoice:
    """One field of a kind of record, as the form offers it: the options' values name the rule they make."""

    title: str
    chosen: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TypeChoices:
    """The fields of one kind of record; `closed_count` of them have a rule."""

    title: str
    fields: tuple[FieldChoice, ...]
    closed_count: int


def permission_groups() -> list[tuple[str, list[Permission]]]:
    """Permissions by module, the core's first; only of modules the business has turned on."""
    known = all_permissions()
    of_modules = [
        (str(plugin.manifest.title), [known[item.name] for item in plugin.permissions])
        for plugin in runtime().plugins.loaded
        if plugin.name in tenant().modules
    ]
    return [(_("Business"), list(CORE_PERMISSIONS)), *of_modules]


@dataclass(frozen=True)
class NounChoices:
    """The permissions about one noun; of a module without scopes all of them together."""

    permissions: list[Permission]
    has_scopes: bool


def nouns(permissions: Sequence[Permission]) -> list[NounChoices]:
    """A module's permissions by noun, in the order in which it names them."""
    if not any(item.is_scoped for item in permissions):
        return [NounChoices(list(permissions), has_scopes=False)]
    found: dict[str, list[Permission]] = {}
    for item in permissions:
        found.setdefault(item.noun, []).append(item)
    return [NounChoices(items, has_scopes=True) for items in found.values()]


def form_context(grant: Grant) -> dict[str, Any]:
    """What the form's template shows: groups of permissions, what is held of each, kinds of records."""
    held = frozenset(grant.permissions)
    return {
        "groups": permission_groups(),
        "nouns": nouns,
        "held": held_options(_in_force(held)),
        "record_types": [_type_choices(item, grant.field_rules) for item in usable_types(tenant())],
    }


def _in_force(held: frozenset[str]) -> frozenset[str]:
    """What is held, as it counts: a scope of the set-up, which has none any more, reads all or is nothing."""
    known = all_permissions()
    narrow = {
        name
        for name in held
        if name != base_name(name) and base_name(name) in known and not known[base_name(name)].is_scoped
    }
    return (held - narrow) | {base_name(name) for name in narrow if base_name(name).endswith(".read")}


def held_options(held: frozenset[str]) -> dict[str, str]:
    """By permission: how it is held, in the widest scope."""
    return {
        name: with_scope(name, scope)
        for name in {base_name(one) for one in held}
        if (scope := widest_scope(held, name)) is not None
    }


def rules_of(choices: Iterable[str]) -> FieldRules:
    """Read the chosen options, such as `crm.customer/phone:none`; an empty one is an open field."""
    rules: dict[str, Any] = {}
    for choice in choices:
        named, _colon, access = choice.rpartition(":")
        record_type, _slash, name = named.partition("/")
        if choice:
            rules.setdefault(record_type, {})[name] = access
    return rules


def with_hidden_parts(grant: Grant, before: Grant) -> Grant:
    """Add what the form could not show: the role's permissions and rules of modules that are off now."""
    shown = {item.name for _title, items in permission_groups() for item in items}
    shown_types = {item.key for item in usable_types(tenant())}
    kept = [one for one in before.permissions if base_name(one) not in shown]
    rules = {key: fields for key, fields in before.field_rules.items() if key not in shown_types}
    return Grant([*grant.permissions, *kept], {**grant.field_rules, **rules})


def _type_choices(record_type: RecordType, rules: FieldRules) -> TypeChoices:
    fields = [_field_choice(record_type, item, rules) for item in fields_of(db.session(), record_type)]
    closed = sum(1 for item in fields if item.chosen)
    return TypeChoices(str(record_type.plural_title), tuple(fields), closed)


def _field_choice(record_type: RecordType, item: Field, rules: FieldRules) -> FieldChoice:
    def option(access: str) -> str:
        return f"{record_type.key}/{item.name}:{access}"

    options = [("", _("Can see") if item.is_read_only else _("Can edit"))]
    if not item.is_read_only:
        options.append((option("read"), _("Can see")))
    if item.name != record_type.title_field:
        options.append((option("none"), _("Hidden")))
    access = field_access(rules, record_type.key, item.name)
    chosen = "" if access == "write" else option(access)
    return FieldChoice(str(item.title), chosen, tuple(options))
