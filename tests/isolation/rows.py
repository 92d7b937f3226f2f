"""A row of the access table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PUBLIC = "public"
SIGNED_IN = "signed_in"


@dataclass(frozen=True)
class Route:
    """Who may call it, and what a caller who may sends."""

    access: str
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    #: Statuses of a good call; any success when empty.
    ok: frozenset[int] = frozenset()
    #: Status of a call with an id nobody here has; a form may flash its refusal and redirect.
    unknown: int = 404
    #: Whether a form tells about some unknown ids by a flash, and about others by 404.
    may_flash: bool = False
    #: Whether it asks for more than the one permission that its declaration names.
    asks_more: bool = False
