"""The manifest: what a plugin says about itself before any of its code runs."""

import re
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias


class _HasText(Protocol):
    def __str__(self) -> str: ...


#: A text for people: a plain string, or a lazy one that is translated when it is shown.
Text: TypeAlias = str | _HasText

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_PATH = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Who a plugin is, what it needs and where its pages live.

    `plugin.py` holds one, under the name `manifest`. A value that can not be right raises `ValueError` at
    import, which quarantines the plugin with that message.

    Example:
        manifest = Manifest(
            name="loyalty", title=lazy("Loyalty club"), summary=lazy("Points for purchases."),
            version="0.1.0", path="loyalty", icon="gift", requires_core=">=0.1,<0.2", requires=("crm_core",),
        )
    """

    #: The entry point's name and the prefix of every table: `loyalty` owns `loyalty_*`.
    name: str
    title: Text
    #: One sentence for the Modules page: what the business gains.
    summary: Text
    version: str
    #: The word in URLs and permissions: pages under `/<path>`, API under `/api/v1/<path>`, templates in
    #: `<path>/`.
    path: str
    #: Name of a Tabler icon.
    icon: str = "puzzle"
    #: PEP 440 range of core versions this plugin works with.
    requires_core: str = ">=0.1"
    #: Modules that are turned on along with this one and whose `api` module it may import.
    requires: tuple[str, ...] = ()
    #: Modules it uses when they are there.
    optional: tuple[str, ...] = ()
    #: Price of a month in minor units of the catalogue's currency; None: free of charge.
    price: int | None = None
    trust: Literal["first", "third"] = "first"

    def __post_init__(self) -> None:
        if not _NAME.match(self.name) or len(self.name) > 30 or self.name == "core":
            raise ValueError(
                f"bad plugin name {self.name!r}: lower-case words joined by _, at most 30 characters"
            )
        if not _PATH.match(self.path):
            raise ValueError(
                f"bad path {self.path!r} of plugin {self.name}: lower-case letters, digits and _"
            )
        if self.name in self.requires or self.name in self.optional:
            raise ValueError(f"plugin {self.name} requires itself")
        if self.price is not None and self.price < 0:
            raise ValueError(f"plugin {self.name} has a negative price")

    @property
    def is_free(self) -> bool:
        """Say whether every tenant may use the module without paying."""
        return self.price is None

    @property
    def table_prefix(self) -> str:
        """Return what the name of each of the plugin's tables begins with."""
        return f"{self.name}_"
