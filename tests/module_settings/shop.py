"""A plugin made up for tests: a shop with a setting of every kind."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from charsu.errors import RuleViolated
from charsu.module_settings import ModuleSettings, SecretField
from charsu.plugins.manifest import Manifest
from charsu.process import use_runtime
from charsu.records import (
    ChoiceField,
    DateField,
    EmailField,
    Field,
    FlagField,
    LongTextField,
    MemberField,
    MoneyField,
    MultiChoiceField,
    NumberField,
    Section,
    TextField,
    UrlField,
)
from charsu.runtime import Runtime
from charsu.testing.clients import People
from charsu.testing.planting import make_plugin, plant, turn_on
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant

DAYS = {"sat": "Saturday", "sun": "Sunday", "fri": "Friday"}


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    name: str
    greeting: str
    days: int
    least_minor: int
    opens_on: dt.date | None
    mood: str
    closed: list[str]
    is_open: bool
    email: str | None
    site: str | None
    key: str | None
    keeper_id: uuid.UUID | None


FIELDS: tuple[Field, ...] = (
    TextField(name="name", title="Name", default="Shop", is_required=True, max_length=20),
    LongTextField(name="greeting", title="Greeting"),
    NumberField(name="days", title="Days", minimum=1, maximum=60, default=14, is_required=True),
    MoneyField(name="least_minor", title="Least", default=5_000, is_required=True, section="money"),
    DateField(name="opens_on", title="Opens"),
    ChoiceField(name="mood", title="Mood", options={"calm": "Calm", "loud": "Loud"}, default="calm"),
    MultiChoiceField(name="closed", title="Closed", options=DAYS),
    FlagField(name="is_open", title="Open", default=True),
    EmailField(name="email", title="E-mail"),
    UrlField(name="site", title="Site"),
    SecretField(name="key", title="Key of the till"),
    MemberField(name="keeper_id", title="Keeper"),
)


def never_loud_for_long(values: ShopSettings) -> None:
    """A rule over two settings."""
    if values.mood == "loud" and values.days > 30:
        raise RuleViolated("Nobody is loud for so long.", field="days")


def shop_settings(**other: Any) -> ModuleSettings[ShopSettings]:
    """The declaration, but for what is said otherwise."""
    given: dict[str, Any] = {
        "module": "shop",
        "values": ShopSettings,
        "fields": FIELDS,
        "sections": (Section(key="money", title="Money"),),
        "check": never_loud_for_long,
    }
    return ModuleSettings(**{**given, **other})


SETTINGS = shop_settings()


def shop_plugin(settings: Callable[[], object] = lambda: SETTINGS) -> ModuleType:
    """The plugin, with another `settings` hook where one is given."""
    manifest = Manifest(name="shop", title="Shop", summary="A shop.", version="1", path="shop")
    return make_plugin(manifest, settings=settings)


@contextmanager
def shop_with(runtime: Runtime, tenant: Tenant, settings: Callable[[], object]) -> Iterator[People]:
    """The plugin with another `settings` hook, turned on for this business; gives browsers and programs."""
    planted = plant(runtime, shop_plugin(settings))
    with use_runtime(planted):
        turn_on(planted, tenant, "shop")
        yield People(planted, Crossing(planted))
