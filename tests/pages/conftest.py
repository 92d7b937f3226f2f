from collections.abc import Callable

import pytest

from charsu.testing.clients import HostClient


@pytest.fixture
def client(client_as: Callable[..., HostClient]) -> HostClient:
    """A browser of a member who may do everything and reads Persian."""
    browser = client_as()
    browser.post("/display", data={"lang": "fa"})
    return browser
