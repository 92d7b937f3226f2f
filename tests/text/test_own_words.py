"""Each package speaks in its own words: a plugin's translations show in its texts and nowhere else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from charsu.events import SYSTEM
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.testing.clients import HostClient, People, application_of
from charsu.text.i18n import gettext, load_catalogues, pgettext
from charsu_tenants.context import Tenant
from charsu_tenants.registry import get_tenant

SHELF = Path(__file__).parents[1] / "hostile_plugins"


@pytest.fixture
def reader(with_plugins: Callable[..., Runtime], tenant: Tenant) -> HostClient:
    """A Persian reader in a business that turned the mouthy plugin on."""
    market = with_plugins(SHELF / "mouthy")
    enable_module(tenant.id, "mouthy", SYSTEM)
    people = People(market, application_of(market))
    reader = people.browser(people.member(get_tenant(market.database, tenant.id)))
    reader.post("/display", data={"lang": "fa"})
    return reader


@pytest.fixture(autouse=True)
def _only_installed_words():
    yield
    load_catalogues()


def test_a_plugin_speaks_in_its_own_words_and_else_in_those_of_the_core(reader: HostClient) -> None:
    page = reader.get("/mouthy/words").text

    assert '<p id="code">پیچ‌ومهره | پیچ‌ومهره | گوشی | ۲ روزگار</p>' in page
    assert '<p id="page">پیچ‌ومهره | آهای x | ۲ روزگار | گوشی | انصراف</p>' in page


def test_the_words_of_a_plugin_show_nowhere_else(reader: HostClient) -> None:
    page = reader.get("/settings").text

    assert "تنظیمات" in page
    assert "دزدیدن" not in page
    load_catalogues(["charsu_mouthy"])
    assert gettext("Settings") == "تنظیمات"
    assert pgettext("device", "Phone") == "گوشی"
