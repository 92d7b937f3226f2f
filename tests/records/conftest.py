from collections.abc import Iterator

import pytest

from charsu.text.preferences import Preferences, use_preferences


@pytest.fixture(autouse=True)
def _reads_english() -> Iterator[None]:
    with use_preferences(Preferences(locale="en", calendar="gregorian")):
        yield
