"""Who stands at the door before we know her, and who acts once we do."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from charsu_tenants.admission import Person

_USER_AGENT_MAX = 300


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from: the peer's address (as far as the server trusts it) and the browser's
    name.
    """

    ip: str | None = None
    user_agent: str = ""

    @property
    def device(self) -> str:
        """The browser's name, clean and short enough to be stored."""
        return "".join(char for char in self.user_agent if char.isprintable())[:_USER_AGENT_MAX]


def actor_of(person: Person) -> dict[str, Any]:
    """Describe an acting member as audit entries store her; `id` is that of `core_member`, as in events."""
    return {
        "kind": "token" if person.via == "token" else "user",
        "id": str(person.member_id),
        "name": person.name,
        "user_id": str(person.user_id),
    }


def actor_of_user(user: UUID, name: str, visitor: Visitor | None = None) -> dict[str, Any]:
    """Describe somebody who acts while she is not (yet) signed in to the tenant, as at sign-up or login."""
    actor = {"kind": "user", "id": None, "name": name, "user_id": str(user)}
    return actor if visitor is None else actor | {"ip": visitor.ip, "device": visitor.device}


#: Whoever works on the command line of the server.
OPERATOR = {"kind": "system", "id": None, "name": "operator"}
