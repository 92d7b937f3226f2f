"""Inviting people by link: one link, one person, one role, seven days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from charsu.errors import Conflict, NotFound, RuleViolated
from charsu.mail.letters import invitation_letter
from charsu.mail.outbox import send_mail
from charsu.people import limits
from charsu.people.login import NewSession, open_session
from charsu.people.passwords import check_new_password, hash_password, verify_password
from charsu.people.permissions import check_grant
from charsu.people.visitors import Visitor, actor_of, actor_of_user
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import invitations
from charsu_tenants.admission import Person
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.invitations import Invitation
from charsu_tenants.memberships import Membership, create_membership, find_by_user
from charsu_tenants.opaque import digest, new_secret
from charsu_tenants.roles import find_role
from charsu_tenants.users import create_user, find_credentials, fold_email, is_email

NAME_MAX = 100
#: Open links at one time; a business that invites more does so in turns.
OPEN_LIMIT = 100


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """An invitation just made: `url` is shown this once and mailed, only its digest is kept."""

    url: str
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What an invited person fills in: her address, her name (if she is new) and her password."""

    email: str
    password: str
    name: str = ""
    locale: str = "fa"


def invite(tenant: Tenant, person: Person, *, role_key: str, email: str | None = None) -> IssuedInvitation:
    """Make a link that lets one person in with a role; with an `email` it is mailed and bound to that
    address.

    Raises: NotFound for the role; PermissionDenied when the role is above the person's own; RuleViolated.
    """
    folded = fold_email(email) if email else None
    if folded is not None and not is_email(folded):
        raise RuleViolated(_("This is not an e-mail address."), field="email", code="email")
    secret = new_secret()
    with runtime().database.control() as conn:
        role = find_role(conn, tenant.id, key=role_key)
        if role is None:
            raise NotFound(_("There is no such role."), field="role")
        check_grant(person, role.grant)
        if len(invitations.list_open_invitations(conn, tenant.id)) >= OPEN_LIMIT:
            raise Conflict(
                _("There are too many open invitations. Revoke some first."), code="invitation_limit"
            )
        invitation = invitations.create_invitation(
            conn,
            tenant_id=tenant.id,
            role_id=role.id,
            token_hash=digest(secret),
            email=folded,
            invited_by=person.user_id,
        )
        url = f"{runtime().settings.tenant_url(tenant.slug)}/join/{secret}"
        if folded is not None:
            send_mail(
                conn, invitation_letter(tenant, to=folded, inviter=person.name, url=url), tenant_id=tenant.id
            )
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of(person),
            action="invitation.created",
            details={"invitation_id": str(invitation.id), "role": role.key, "email": folded},
        )
        return IssuedInvitation(url, invitation)


def list_open(tenant: Tenant) -> Sequence[Invitation]:
    """Return the invitations that can still be taken, oldest first."""
    with runtime().database.control() as conn:
        return invitations.list_open_invitations(conn, tenant.id)


def revoke(tenant: Tenant, person: Person, invitation_id: UUID) -> None:
    """Make an open link worthless. Raises: NotFound."""
    with runtime().database.control() as conn:
        if not invitations.revoke_invitation(conn, tenant.id, invitation_id):
            raise NotFound(_("There is no such open invitation."))
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of(person),
            action="invitation.revoked",
            details={"invitation_id": str(invitation_id)},
        )


def look_at(tenant: Tenant, secret: str) -> Invitation:
    """Return what a link offers, without taking it. Raises: NotFound when it is used up, old or revoked."""
    with runtime().database.control() as conn:
        return _open_invitation(conn, tenant, secret)


def accept(tenant: Tenant, secret: str, acceptance: Acceptance, visitor: Visitor) -> NewSession:
    """Join a business by link and log in there: as a new user, or with the password of the account one has.

    Of many acceptances at once exactly one wins. Raises: NotFound for the link; RuleViolated; Conflict when
    she is a member already; TooManyRequests.
    """
    limits.hit(limits.network_rules(limits.LINKS_PER_NETWORK, "join.network", visitor.ip))
    email = fold_email(acceptance.email)
    if not is_email(email):
        raise RuleViolated(_("This is not an e-mail address."), field="email", code="email")
    rules = limits.login_rules(email, visitor.ip)
    limits.hit(rules)
    with runtime().database.control() as conn:
        _check_address(_open_invitation(conn, tenant, secret), email)
        credentials = find_credentials(conn, email)
    # The hash is made or checked outside any transaction: it takes longer than all the rest.
    new_hash = None
    if credentials is None:
        new_hash = _new_user_hash(acceptance)
    elif not verify_password(credentials.password_hash, acceptance.password) or credentials.is_disabled:
        raise RuleViolated(
            _("The e-mail address or the password is not right."), field="password", code="wrong_login"
        )
    limits.forget(rules)
    with runtime().database.control() as conn:
        user_id = (
            credentials.user_id if credentials else _create_user(conn, email, acceptance, new_hash or "")
        )
        member = _take(conn, tenant, secret, user_id)
    return open_session(tenant, member, visitor, how="invitation")


def _take(conn: Connection[Any], tenant: Tenant, secret: str, user_id: UUID) -> Membership:
    invitation = _open_invitation(conn, tenant, secret)
    if not invitations.take_invitation(conn, tenant.id, digest(secret)):
        raise _spent()
    inviter = find_by_user(conn, tenant.id, invitation.invited_by) if invitation.invited_by else None
    # The inviter may have lost her role since: a link is worth no more than she is now.
    if inviter is None or not inviter.role_grant.covers(invitation.role_grant):
        raise _spent()
    member = create_membership(conn, tenant_id=tenant.id, user_id=user_id, role_id=invitation.role_id)
    if member is None:
        raise Conflict(_("You are a member of this business already. Please log in."), code="already_member")
    record_audit(
        conn,
        tenant_id=tenant.id,
        actor=actor_of_user(user_id, member.name),
        action="member.joined",
        details={
            "invitation_id": str(invitation.id),
            "member_id": str(member.member_id),
            "email": member.email,
            "role": member.role_key,
        },
    )
    return member


def _open_invitation(conn: Connection[Any], tenant: Tenant, secret: str) -> Invitation:
    invitation = invitations.find_open_invitation(conn, tenant.id, digest(secret))
    if invitation is None:
        raise _spent()
    return invitation


def _spent() -> NotFound:
    return NotFound(
        _("This invitation is no longer valid. Please ask for a new one."), code="invitation_spent"
    )


def _check_address(invitation: Invitation, email: str) -> None:
    if invitation.email is not None and invitation.email != email:
        raise RuleViolated(
            _("This invitation was sent to another e-mail address."), field="email", code="invitation_address"
        )


def _new_user_hash(acceptance: Acceptance) -> str:
    name = acceptance.name.strip()
    if not name or len(name) > NAME_MAX:
        raise RuleViolated(_("Please give your name."), field="name", code="name")
    check_new_password(acceptance.password, personal=(acceptance.email, name))
    return hash_password(acceptance.password)


def _create_user(conn: Connection[Any], email: str, acceptance: Acceptance, password_hash: str) -> UUID:
    user = create_user(
        conn,
        email=email,
        password_hash=password_hash,
        display_name=acceptance.name.strip(),
        locale=acceptance.locale,
    )
    if user is None:
        raise Conflict(_("Please try again."), code="retry")
    return user.id
