"""Checks the settings of a plugin: their declaration, and that their defaults can be used."""

from __future__ import annotations

from collections.abc import Iterator

from charsu.db import tenant_work
from charsu.module_settings import SecretField
from charsu.module_settings.declaration import AnySettings
from charsu.plugins.guard import Contained, contained
from charsu.plugins.manifest import Text
from charsu.plugins.setup import Loaded
from charsu.process import Runtime
from charsu.records.fields import ChoiceField, LinkField, MemberField
from charsu.records.registry import find_type
from charsu_tenants.context import Tenant


def settings_texts(settings: AnySettings) -> Iterator[tuple[str, Text]]:
    """Every text of the declaration that people read, with where it stands."""
    yield "summary", settings.summary
    for section in settings.sections:
        yield f"title of section {section.key}", section.title
    for item in settings.fields:
        yield f"title of {item.name}", item.title
        yield f"help of {item.name}", item.help
        if isinstance(item, ChoiceField):
            for word, title in item.options.items():
                yield f"option {word} of {item.name}", title


def check_settings(_runtime: Runtime, plugin: Loaded) -> Iterator[str]:
    """What is wrong with the declaration, one line each."""
    if plugin.settings_fault:
        yield f"hook settings fails: {plugin.settings_fault}"
    for item in plugin.settings.fields if plugin.settings is not None else ():
        if isinstance(item, LinkField) and not isinstance(item, MemberField):
            target = find_type(item.to)
            if target is None:
                yield f"setting {item.name} leads to {item.to}, which no installed module declares"
            elif not target.is_setup:
                yield (
                    f"setting {item.name} leads to {item.to}, whose records are merged and deleted: "
                    f"settings link to the set-up only"
                )
    for record_type in plugin.records:
        for field in record_type.fields:
            if isinstance(field, SecretField):
                yield f"{record_type.key}: field {field.name} is a secret, which only settings keep"


def try_settings(plugin: Loaded, tenant: Tenant) -> Iterator[str]:
    """Read them as code does where nobody set anything, and hold the defaults to the module's own rule."""
    settings = plugin.settings
    if settings is None:
        return
    try:
        with contained(), tenant_work(tenant, read_only=True) as session:
            held = settings.of(session)
            if settings.check is not None:
                settings.check(held)
    except Contained as error:
        yield f"its settings fail where nobody set any: {error}"
