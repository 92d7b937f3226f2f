"""API tokens: shown once, scoped, revocable, and never stronger than the member who made them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from charsu.clock import now
from charsu.errors import Conflict, NotFound, RuleViolated
from charsu.people.permissions import check_grant, check_known
from charsu.people.visitors import OPERATOR, actor_of
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import tokens
from charsu_tenants.admission import Person
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.grants import ALL, Grant, covers
from charsu_tenants.memberships import find_by_user
from charsu_tenants.opaque import PREFIX_LENGTH, digest, new_secret
from charsu_tenants.tokens import ApiToken, NewToken
from charsu_tenants.users import find_user_by_email

#: Found by secret scanners in code that should not hold it.
TOKEN_PREFIX = "charsu_"  # noqa: S105 - the public part of every token
TITLE_MAX = 80
TOKEN_LIMIT = 200


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token just made: `secret` is shown this once, only its digest is kept."""

    secret: str
    token: ApiToken


def create_token(
    tenant: Tenant,
    person: Person,
    *,
    title: str,
    scopes: Iterable[str] = (ALL,),
    expires_at: datetime | None = None,
) -> IssuedToken:
    """Make a token that acts as the person, within `scopes` (`*`: whatever her role allows at that moment).

    A token made with a token gets no more than that token has, and lives no longer. Raises: RuleViolated;
    PermissionDenied; Conflict when she has too many.
    """
    wish = _Wish(title.strip(), _check(title, scopes, expires_at), expires_at)
    if person.via == "token":
        check_grant(person, Grant(wish.scopes, person.field_rules))
    else:
        check_grant(person, Grant(wish.scopes - {ALL}, person.field_rules))
    with runtime().database.control() as conn:
        if person.via == "token":
            _check_lifetime(tokens.expiry_of(conn, person.credential), expires_at)
        return _issue(conn, tenant, person.user_id, actor_of(person), wish)


def create_token_for(
    tenant: Tenant,
    *,
    email: str,
    title: str,
    scopes: Iterable[str] = (ALL,),
    expires_at: datetime | None = None,
) -> IssuedToken:
    """Make a token for a member by address, as the operator on the command line. Raises: NotFound;
    RuleViolated.
    """
    wish = _Wish(title.strip(), _check(title, scopes, expires_at), expires_at)
    with runtime().database.control() as conn:
        user = find_user_by_email(conn, email)
        member = find_by_user(conn, tenant.id, user.id) if user else None
        if member is None:
            raise NotFound(_("There is no member with this e-mail address."), field="email")
        if not covers(member.role_permissions, wish.scopes - {ALL}):
            raise RuleViolated(
                _("The member's role does not hold all of these scopes."),
                field="scopes",
                code="scope_too_high",
            )
        return _issue(conn, tenant, member.user_id, OPERATOR, wish)


def list_tokens(
    tenant: Tenant, person: Person, *, after: UUID | None = None, limit: int = 200
) -> Sequence[ApiToken]:
    """Return live tokens, oldest first: everybody's for an owner, else the person's own."""
    with runtime().database.control() as conn:
        return tokens.list_tokens(conn, tenant.id, user_id=_own_only(person), after=after, limit=limit)


def list_all_tokens(tenant: Tenant) -> Sequence[ApiToken]:
    """Return the live tokens of the whole business, for the operator."""
    with runtime().database.control() as conn:
        return tokens.list_tokens(conn, tenant.id)


def revoke_token(tenant: Tenant, person: Person, token_id: UUID) -> None:
    """Kill a token; refused from the very next request on.

    Raises: NotFound when it is dead, not of this business, or somebody else's and the person is no owner.
    """
    with runtime().database.control() as conn:
        found = tokens.find_token(conn, tenant.id, token_id)
        own_only = _own_only(person)
        if found is None or (own_only is not None and found.user_id != own_only):
            raise NotFound(_("There is no such token."))
        _revoke(conn, tenant, found, actor_of(person))


def revoke_token_by_prefix(tenant: Tenant, prefix: str) -> None:
    """Kill the token whose visible beginning (or id) is given, as the operator. Raises: NotFound."""
    with runtime().database.control() as conn:
        for found in tokens.list_tokens(conn, tenant.id):
            if prefix in (found.prefix, str(found.id)):
                return _revoke(conn, tenant, found, OPERATOR)
    raise NotFound(_("There is no such token."))


def _check_lifetime(end: datetime | None, wanted: datetime | None) -> None:
    if end is not None and (wanted is None or wanted > end):
        raise RuleViolated(
            _("A token can not outlive the token that makes it."),
            field="expires_at",
            code="lifetime_too_long",
        )


def _own_only(person: Person) -> UUID | None:
    return None if ALL in person.permissions else person.user_id


def _check(title: str, scopes: Iterable[str], expires_at: datetime | None) -> frozenset[str]:
    if not title.strip() or len(title) > TITLE_MAX:
        raise RuleViolated(
            _("Give the token a name of at most %(count)s characters.", count=TITLE_MAX),
            field="title",
            code="token_title",
        )
    wanted = check_known(scopes, field="scopes")
    if not wanted:
        raise RuleViolated(_("Choose at least one scope."), field="scopes", code="scope_missing")
    if expires_at is not None and expires_at <= now():
        raise RuleViolated(_("This date is in the past."), field="expires_at", code="expiry_past")
    return wanted


@dataclass(frozen=True, slots=True)
class _Wish:
    title: str
    scopes: frozenset[str]
    expires_at: datetime | None


def _issue(
    conn: Connection[Any], tenant: Tenant, user_id: UUID, actor: dict[str, Any], wish: _Wish
) -> IssuedToken:
    if len(tokens.list_tokens(conn, tenant.id, user_id=user_id)) >= TOKEN_LIMIT:
        raise Conflict(_("There are too many tokens. Revoke one that is not used."), code="token_limit")
    secret = new_secret(TOKEN_PREFIX)
    token = tokens.create_token(
        conn,
        NewToken(
            tenant_id=tenant.id,
            user_id=user_id,
            token_hash=digest(secret),
            prefix=secret[:PREFIX_LENGTH],
            title=wish.title,
            scopes=wish.scopes,
            expires_at=wish.expires_at,
        ),
    )
    record_audit(
        conn,
        tenant_id=tenant.id,
        actor=actor,
        action="token.created",
        details={
            "token_id": str(token.id),
            "title": wish.title,
            "prefix": token.prefix,
            "scopes": sorted(wish.scopes),
        },
    )
    return IssuedToken(secret, token)


def _revoke(conn: Connection[Any], tenant: Tenant, token: ApiToken, actor: dict[str, Any]) -> None:
    if not tokens.revoke_token(conn, tenant.id, token.id):
        raise NotFound(_("There is no such token."))
    record_audit(
        conn,
        tenant_id=tenant.id,
        actor=actor,
        action="token.revoked",
        details={"token_id": str(token.id), "title": token.title, "prefix": token.prefix},
    )
