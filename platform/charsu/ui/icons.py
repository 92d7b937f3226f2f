"""Icons out of one SVG sprite, built by `make assets` from the names in `icons.txt`."""

from functools import lru_cache

from markupsafe import Markup

from charsu.ui.assets import asset_url

SPRITE = "vendor/icons.svg"
#: Icons that point along the line of text and turn round in right-to-left pages.
_DIRECTED = frozenset(
    {"arrow-left", "arrow-right", "chevron-left", "chevron-right", "arrow-back-up", "logout", "login", "send"}
)


def icon(name: str, label: str | None = None) -> Markup:
    """The icon `name`; silent for screen readers unless `label` says what it means where it stands alone."""
    return _drawn(name, label, asset_url(SPRITE))


@lru_cache(maxsize=1024)
def _drawn(name: str, label: str | None, sprite: str) -> Markup:
    css = "icon c-mirror" if name in _DIRECTED else "icon"
    address = f"{sprite}#{name}"
    if label is None:
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>').format(css, address)
    return Markup('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>').format(
        css, label, address
    )
