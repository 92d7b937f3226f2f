"""Logging in: on a business's own host, or on the bare host with a ticket that carries the login over.

Unknown address, wrong password, disabled account and "not a member here" get one answer in one time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg import Connection

from charsu.errors import NotFound, PermissionDenied, RuleViolated
from charsu.people import limits
from charsu.people.passwords import hash_password, needs_rehash, verify_password
from charsu.people.seats import seat_member
from charsu.people.visitors import Visitor, actor_of_user
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.memberships import Business, Membership, find_by_user, list_businesses
from charsu_tenants.one_time import find_open, issue, use_up
from charsu_tenants.opaque import digest, new_secret
from charsu_tenants.users import Credentials, User, find_credentials, find_user, fold_email, set_password_hash
from charsu_tenants.web_sessions import create_session, end_session

#: A ticket only has to survive one redirect.
TICKET_LIFETIME = timedelta(seconds=60)
#: Time to pick a business from one's list.
CHOOSER_LIFETIME = timedelta(minutes=10)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened: `token` is the cookie's value and exists nowhere else."""

    token: str
    expires_at: datetime
    user_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class SiteLogin:
    """The outcome of a login on the bare host: her businesses, and a secret to choose one, once."""

    businesses: tuple[Business, ...]
    chooser: str


def log_in(tenant: Tenant, *, email: str, password: str, visitor: Visitor) -> NewSession:
    """Open a session on a tenant's host.

    Raises: RuleViolated `wrong_login`, the same for every reason; TooManyRequests.
    """
    rules = limits.login_rules(fold_email(email), visitor.ip)
    limits.hit(rules)
    database = runtime().database
    with database.control() as conn:
        credentials = find_credentials(conn, email)
        membership = find_by_user(conn, tenant.id, credentials.user_id) if credentials else None
    if not _is_right(credentials, password) or credentials is None or membership is None:
        raise _wrong_login(tenant.slug, visitor)
    limits.forget(rules)
    _upgrade_hash(credentials, password)
    return open_session(tenant, membership, visitor, how="password")


def log_in_on_site(*, email: str, password: str, visitor: Visitor) -> SiteLogin:
    """Check a password on the bare host and list the person's businesses.

    Raises: RuleViolated `wrong_login`, the same for every reason; TooManyRequests.
    """
    rules = limits.login_rules(fold_email(email), visitor.ip)
    limits.hit(rules)
    with runtime().database.control() as conn:
        credentials = find_credentials(conn, email)
    if not _is_right(credentials, password) or credentials is None:
        raise _wrong_login(None, visitor)
    limits.forget(rules)
    _upgrade_hash(credentials, password)
    chooser = new_secret()
    with runtime().database.control() as conn:
        businesses = tuple(list_businesses(conn, credentials.user_id))
        issue(
            conn,
            token_hash=digest(chooser),
            purpose="arrival",
            user_id=credentials.user_id,
            lifetime=CHOOSER_LIFETIME,
        )
    return SiteLogin(businesses, chooser)


def choose_business(chooser: str, slug: str) -> str:
    """Trade the secret of a login on the bare host for the arrival address of one business.

    Raises: NotFound when the secret is used up or old, or the business is not hers.
    """
    with runtime().database.control() as conn:
        found = use_up(conn, digest(chooser), "arrival")
        if found is None or found.tenant_id is not None:
            raise NotFound(_("This link is no longer valid. Please log in again."))
        for business in list_businesses(conn, found.user_id):
            if business.slug == slug:
                return arrival_url(conn, user_id=found.user_id, tenant_id=business.tenant_id, slug=slug)
    raise NotFound(_("This link is no longer valid. Please log in again."))


def arrival_url(conn: Connection[Any], *, user_id: UUID, tenant_id: UUID, slug: str) -> str:
    """Return an address on the tenant's host that logs the person in there, once, within a minute."""
    ticket = new_secret()
    issue(
        conn,
        token_hash=digest(ticket),
        purpose="arrival",
        user_id=user_id,
        tenant_id=tenant_id,
        lifetime=TICKET_LIFETIME,
    )
    return f"{runtime().settings.tenant_url(slug)}/arrive?ticket={ticket}"


def find_bearer(tenant: Tenant, ticket: str) -> User:
    """Whom an arrival ticket logs in; the ticket stays as it is.

    Raises: NotFound as `arrive`.
    """
    with runtime().database.control() as conn:
        found = find_open(conn, digest(ticket), "arrival")
        user = find_user(conn, found.user_id) if found and found.tenant_id == tenant.id else None
    if user is None:
        raise NotFound(_("This link is no longer valid. Please log in again."), code="ticket_spent")
    return user


def arrive(tenant: Tenant, *, ticket: str, visitor: Visitor) -> NewSession:
    """Open a session for the bearer of an arrival ticket; of many at once exactly one gets it.

    Raises: NotFound when the ticket is unknown, old, used up or another tenant's.
    """
    refusal = NotFound(_("This link is no longer valid. Please log in again."), code="ticket_spent")
    with runtime().database.control() as conn:
        found = use_up(conn, digest(ticket), "arrival")
        if found is None or found.tenant_id != tenant.id:
            raise refusal
        user = find_user(conn, found.user_id)
        membership = find_by_user(conn, tenant.id, found.user_id)
    if user is None or user.disabled_at is not None or membership is None:
        raise refusal
    return open_session(tenant, membership, visitor, how="arrival")


def open_session(tenant: Tenant, membership: Membership, visitor: Visitor, *, how: str) -> NewSession:
    """Open a browser session for a member whose identity is established, with a new token in any case."""
    if tenant.status != "active":
        raise PermissionDenied(_("This business is suspended."), code="tenant_suspended")
    seat_member(
        tenant,
        member_id=membership.member_id,
        user_id=membership.user_id,
        name=membership.name,
        email=membership.email,
    )
    token = new_secret()
    with runtime().database.control() as conn:
        expires_at = create_session(
            conn,
            token_hash=digest(token),
            user_id=membership.user_id,
            tenant_id=tenant.id,
            user_agent=visitor.device,
            ip=visitor.ip,
        )
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of_user(membership.user_id, membership.name, visitor),
            action="session.opened",
            details={"how": how},
        )
    return NewSession(token, expires_at, membership.user_id, membership.member_id)


def log_out(tenant: Tenant, *, token: str) -> None:
    """End the session of a cookie; an unknown one is no error."""
    with runtime().database.control() as conn:
        end_session(conn, digest(token), tenant_id=tenant.id)


def _is_right(credentials: Credentials | None, password: str) -> bool:
    # Verified before anything else is looked at: every refusal costs one hash.
    is_right = verify_password(credentials.password_hash if credentials else None, password)
    return is_right and credentials is not None and not credentials.is_disabled


def _upgrade_hash(credentials: Credentials, password: str) -> None:
    if needs_rehash(credentials.password_hash):
        with runtime().database.control() as conn:
            set_password_hash(conn, credentials.user_id, hash_password(password))


def _wrong_login(slug: str | None, visitor: Visitor) -> RuleViolated:
    # Without the address that was tried: people type passwords there.
    _log.warning("login_refused", tenant=slug, ip=visitor.ip)
    return RuleViolated(_("The e-mail address or the password is not right."), code="wrong_login")
