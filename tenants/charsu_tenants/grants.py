"""What a role gives: permissions, some only within a scope, and the fields of records it hides or locks.

A role holds `crm.deal.read` (every deal), `crm.deal.read@team` (those of her team) or `crm.deal.read@own`.
Fields are open unless a rule says otherwise: `{"crm.customer": {"phone": "none", "note": "read"}}`.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Scope = Literal["all", "team", "own"]
FieldAccess = Literal["none", "read", "write"]
FieldRules = Mapping[str, Mapping[str, Literal["none", "read"]]]

#: Holds every permission there is and will be.
ALL = "*"
#: From the widest to the narrowest; who holds one holds those after it.
SCOPES: tuple[Scope, ...] = ("all", "team", "own")
#: From the narrowest to the widest; what no rule names is `write`.
FIELD_ACCESS: tuple[FieldAccess, ...] = ("none", "read", "write")
TEAM_SUFFIX = "@team"
OWN_SUFFIX = "@own"


@dataclass(frozen=True, slots=True)
class Grant:
    """All that a role gives, or that a person has: to be compared before one hands out another."""

    permissions: Iterable[str]
    field_rules: FieldRules = field(default_factory=dict)

    def covers(self, wanted: "Grant") -> bool:
        """Tell whether who has this may hand out `wanted`: no permission more, and no field more open."""
        return covers(self.permissions, wanted.permissions) and not _opens_more(
            wanted.field_rules, than=self.field_rules
        )


def base_name(held: str) -> str:
    """Return `crm.deal.read` for `crm.deal.read@own` and for itself."""
    return held.partition("@")[0]


def with_scope(permission: str, scope: str) -> str:
    """Return how a role holds the permission within the scope; `all` needs no suffix."""
    return permission if scope == "all" else f"{permission}@{scope}"


def holds(permissions: Container[str], permission: str) -> bool:
    """Tell whether the permission is held in any scope: four look-ups, no more."""
    return (
        permission in permissions
        or ALL in permissions
        or permission + TEAM_SUFFIX in permissions
        or permission + OWN_SUFFIX in permissions
    )


def widest_scope(permissions: Container[str], permission: str) -> Scope | None:
    """Return the widest scope in which the permission is held; `None` where it is not held at all."""
    if permission in permissions or ALL in permissions:
        return "all"
    if permission + TEAM_SUFFIX in permissions:
        return "team"
    return "own" if permission + OWN_SUFFIX in permissions else None


def covers(held: Iterable[str], wanted: Iterable[str]) -> bool:
    """Tell whether someone who holds `held` may hand out `wanted`: nobody gives what she has not.

    Who holds a permission for her team may give it for a team or for own records, never for all.
    """
    holding = frozenset(held)
    return ALL in holding or all(
        name in holding or within(name, widest_scope(holding, base_name(name))) == name for name in wanted
    )


def within(held: str, limit: Scope | None) -> str | None:
    """Narrow a held permission to at most `limit`; `None` where nothing is left of it."""
    if limit is None or held == ALL:
        return None
    name, _, scope = held.partition("@")
    return with_scope(name, max(limit, _scope(scope), key=SCOPES.index))


def effective_permissions(role: Iterable[str], scopes: Iterable[str] | None) -> frozenset[str]:
    """Cut a role's permissions down to a token's scopes; `*` is everything, `None` is no token.

    Of a permission both hold, the narrower scope of the two is left.
    """
    of_role = frozenset(role)
    if scopes is None:
        return of_role
    of_token = frozenset(scopes)
    if ALL in of_token:
        return of_role
    if ALL in of_role:
        return of_token
    common = of_role & of_token
    narrowed = (within(name, widest_scope(of_role, base_name(name))) for name in of_token - common)
    return common.union(name for name in narrowed if name is not None)


def field_access(rules: FieldRules, record_type: str, name: str) -> FieldAccess:
    """Return what the rules leave of one field of a record type, such as `crm.customer` and `phone`."""
    found = rules.get(record_type)
    return "write" if found is None else found.get(name, "write")


def _scope(suffix: str) -> Scope:
    return "team" if suffix == "team" else "own" if suffix == "own" else "all"


def _opens_more(wanted: FieldRules, *, than: FieldRules) -> bool:
    return any(
        FIELD_ACCESS.index(field_access(wanted, record_type, name)) > FIELD_ACCESS.index(access)
        for record_type, fields in than.items()
        for name, access in fields.items()
    )
