"""The `settings` hook: what may be wrong with an answer, and that it costs no more than the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from charsu.module_settings import SecretField
from charsu.records import AddressesField, NumberField, TextField
from charsu.runtime import Runtime
from charsu.testing.planting import plant

from .shop import FIELDS, SETTINGS, shop_plugin, shop_settings


@dataclass(frozen=True)
class OneSetting:
    a: Any


def declared(*fields: Any, **other: Any) -> Callable[[], object]:
    return lambda: shop_settings(fields=fields, values=OneSetting, sections=(), check=None, **other)


def raising() -> object:
    raise ZeroDivisionError("no settings today")


def test_settings_are_known_by_their_module(runtime: Runtime) -> None:
    found = plant(runtime, shop_plugin()).plugins.module("shop")

    assert (found.settings, found.settings_fault) == (SETTINGS, "")


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (raising, "no settings today"),
        (lambda: None, "gave a NoneType"),
        (lambda: list(FIELDS), "gave a list"),
        (lambda: shop_settings(module="bank"), "name bank as their module"),
        (lambda: shop_settings(permission="shop.nothing.write"), "which nobody declares"),
        (lambda: shop_settings(permission="core.audit.read"), "changed under core.audit.read"),
        (lambda: shop_settings(values=dict), "is no dataclass"),
        (lambda: shop_settings(values=OneSetting), "the attributes of OneSetting are not"),
        (lambda: shop_settings(sections=()), "in section money, which there is not"),
        (declared(TextField(name="b", title="B")), "the attributes of OneSetting are not"),
        (declared(TextField(name="a", title="A"), TextField(name="a", title="A")), "name of its own"),
        (declared(TextField(name="class", title="A")), "name of its own"),
        (declared(TextField(name="settings_reset", title="A")), "name of the form"),
        (declared(AddressesField(name="a", title="A")), "which settings do not have"),
        (declared(NumberField(name="a", title="A", minimum=3, default=2)), "does not fit it"),
    ],
)
def test_a_faulty_settings_hook_costs_only_the_page(
    runtime: Runtime, hook: Callable[[], object], reason: str
) -> None:
    host = plant(runtime, shop_plugin(hook)).plugins
    found = host.module("shop")

    assert reason in found.settings_fault
    assert found.settings is None
    assert "shop" not in {one.name for one in host.quarantined}


def test_a_secret_says_nothing_of_itself() -> None:
    field = SecretField(name="key", title="Key")

    assert (field.to_text("abc"), field.to_input("abc"), field.to_json("abc")) == ("•••", "", None)
