"""What hooks answer with; each checks itself, so that a wrong piece fails inside its plugin's own call."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from charsu.plugins.manifest import Text
from charsu_tenants.grants import SCOPES, with_scope

_WORD = r"[a-z][a-z0-9_]*"
_PERMISSION = re.compile(rf"{_WORD}(\.{_WORD}){{1,3}}\Z")
_ROLE = re.compile(rf"{_WORD}\Z")
_ENDPOINT = re.compile(r"[A-Za-z_][\w.]*\Z")


def _check(
    piece: object, *, texts: Iterable[str] = (), endpoint: str | None = None, order: object = 0
) -> None:
    """Raise `TypeError` or `ValueError` when a piece could not be shown."""
    name = type(piece).__name__
    for attribute in texts:
        value = getattr(piece, attribute)
        if type(value) is str and value and not value.isspace():
            continue
        if value is None or isinstance(value, bytes | int | float) or not str(value).strip():
            raise ValueError(f"{name}.{attribute} is no text: {value!r}")
    if endpoint is not None and (not isinstance(endpoint, str) or not _ENDPOINT.match(endpoint)):
        raise ValueError(f"{name}.endpoint is no endpoint: {endpoint!r}")
    if not isinstance(order, int):
        raise TypeError(f"{name}.order is no number: {order!r}")


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Something a role may allow: `<module path>.<noun>.<verb>`, such as `crm.customer.read`."""

    name: str
    title: Text
    #: Keys of the built-in roles (`manager`, `staff`, `viewer`, `dealer`) that hold it; `owner` holds all.
    #: For a scoped permission the key may end in `@team` or `@own`.
    default_roles: tuple[str, ...] = ("manager",)
    #: Whether a role may hold it for her team's or her own records only: it is about records with an owner.
    is_scoped: bool = False

    def __post_init__(self) -> None:
        _check(self, texts=("title",))
        if not isinstance(self.name, str) or not _PERMISSION.match(self.name):
            raise ValueError(f"bad permission name {self.name!r}: words joined by dots")
        for role in self.default_roles:
            key, held = self._proposal(role)
            if not _ROLE.match(key) or held not in self.spellings:
                raise ValueError(f"{self.name}: bad default role {role!r}")

    @property
    def spellings(self) -> tuple[str, ...]:
        """How a role or a token may hold it, the widest first."""
        return tuple(with_scope(self.name, scope) for scope in (SCOPES if self.is_scoped else SCOPES[:1]))

    @property
    def noun(self) -> str:
        """What it is about: `crm.customer` of `crm.customer.read`."""
        return self.name.rpartition(".")[0]

    def held_by(self, role: str) -> str | None:
        """Return the permission as the built-in role holds it by default, with its scope."""
        for proposed in self.default_roles:
            key, held = self._proposal(proposed)
            if key == role:
                return held
        return None

    def _proposal(self, role: str) -> tuple[str, str]:
        key, at, scope = role.partition("@")
        return key, with_scope(self.name, scope if at else "all")


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One line of the main menu, shown to people who have `permission` (None: to every member)."""

    title: Text
    endpoint: str
    icon: str = "circle"
    permission: str | None = None
    order: int = 100

    def __post_init__(self) -> None:
        _check(self, texts=("title", "icon"), endpoint=self.endpoint, order=self.order)


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A piece of HTML on another module's page. `html` is `Markup`, as rendered templates are: never a plain
    string.
    """

    title: Text
    html: Markup
    order: int = 100

    def __post_init__(self) -> None:
        _check(self, texts=("title",), order=self.order)
        if not hasattr(self.html, "__html__"):
            raise TypeError("Fragment.html must be Markup, as charsu.ui.html.render_piece(template) gives it")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One key figure of a record, `value` as people read it; `note` stands small below."""

    title: Text
    value: str
    note: str = ""
    #: Where a click on it leads; a path of this host.
    url: str = ""
    order: int = 100

    def __post_init__(self) -> None:
        _check(self, texts=("title", "value"), order=self.order)


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened to a record; `kind` is what the timeline can be filtered by."""

    at: dt.datetime
    #: `<module path>.<noun>`, such as `crm.purchase`.
    kind: str
    #: The kind as people read it.
    kind_title: Text
    title: Text
    text: str = ""
    icon: str = "point"
    url: str = ""
    #: Who did it.
    actor: str = ""
    #: Breaks ties of `at`, so that a page of the timeline goes on where the one before ended.
    order: int = 100

    def __post_init__(self) -> None:
        _check(self, texts=("kind", "kind_title", "title"), order=self.order)
        if self.at.tzinfo is None:
            raise ValueError("TimelineEntry.at must know its zone")


@dataclass(frozen=True, kw_only=True)
class ChecklistStep:
    """One step of the dashboard's getting-started list; `is_done` is asked anew each time."""

    key: str
    title: Text
    text: Text
    endpoint: str
    is_done: bool
    order: int = 100

    def __post_init__(self) -> None:
        _check(self, texts=("key", "title", "text"), endpoint=self.endpoint, order=self.order)
        if not isinstance(self.is_done, bool):
            raise TypeError(f"ChecklistStep.is_done is neither True nor False: {self.is_done!r}")
