from collections.abc import Iterator

import pytest

from charsu.text.preferences import Preferences, use_preferences


@pytest.fixture(autouse=True)
def _reads_persian() -> Iterator[None]:
    with use_preferences(Preferences(locale="fa")):
        yield


@pytest.fixture
def english() -> Iterator[None]:
    with use_preferences(Preferences(locale="en", calendar="gregorian", money_display="rial")):
        yield
