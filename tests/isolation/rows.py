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
