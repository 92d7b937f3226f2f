"""A person's own sessions: which browsers she is logged in on, and how to end the others."""

from collections.abc import Sequence

from charsu.errors import NotFound, PermissionDenied, RuleViolated
from charsu.people import limits
from charsu.people.passwords import check_new_password, hash_password, verify_password
from charsu.people.seats import seat_member
from charsu.people.visitors import Visitor, actor_of
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import one_time, web_sessions
from charsu_tenants.admission import Person
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.users import find_credentials, set_password_hash, update_profile
from charsu_tenants.web_sessions import WebSession


def list_own_sessions(tenant: Tenant, person: Person) -> Sequence[WebSession]:
    """Return the person's live sessions in this business, last seen first."""
    with runtime().database.control() as conn:
        return web_sessions.list_sessions(conn, person.user_id, tenant_id=tenant.id)


def is_current(session: WebSession, person: Person) -> bool:
    """Tell whether a listed session is the very one this request came with."""
    return person.via == "session" and session.token_hash == person.credential


def end_own_session(tenant: Tenant, person: Person, session_id: str) -> None:
    """Log one of the person's browsers out of this business. Raises: NotFound."""
    with runtime().database.control() as conn:
        for session in web_sessions.list_sessions(conn, person.user_id, tenant_id=tenant.id):
            if session.id == session_id:
                web_sessions.end_session(conn, session.token_hash, tenant_id=tenant.id)
                record_audit(conn, tenant_id=tenant.id, actor=actor_of(person), action="session.ended")
                return
    raise NotFound(_("There is no such session."))


def end_other_sessions(tenant: Tenant, person: Person) -> int:
    """Log the person out of this business on every other browser; returns how many sessions ended."""
    with runtime().database.control() as conn:
        keep = person.credential if person.via == "session" else None
        ended = web_sessions.end_sessions(conn, person.user_id, keep=keep, tenant_id=tenant.id)
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of(person),
            action="session.others_ended",
            details={"count": ended},
        )
    return ended


def change_password(tenant: Tenant, person: Person, *, current: str, new: str, visitor: Visitor) -> None:
    """Replace the person's password and log her out everywhere else, in all her businesses.

    Raises: RuleViolated on `current` or `new`; TooManyRequests; PermissionDenied for an API token.
    """
    if person.via != "session":
        raise PermissionDenied(_("An API token can not change a password."))
    check_new_password(new, field="new", personal=(person.email, person.name))
    rules = limits.login_rules(person.email, visitor.ip)
    limits.hit(rules)
    with runtime().database.control() as conn:
        credentials = find_credentials(conn, person.email)
    if credentials is None or not verify_password(credentials.password_hash, current):
        raise RuleViolated(_("This is not your current password."), field="current", code="wrong_password")
    limits.forget(rules)
    new_hash = hash_password(new)
    with runtime().database.control() as conn:
        set_password_hash(conn, person.user_id, new_hash)
        web_sessions.end_sessions(conn, person.user_id, keep=person.credential)
        one_time.void(conn, person.user_id, "password_reset")
        one_time.void(conn, person.user_id, "arrival")
        record_audit(conn, tenant_id=tenant.id, actor=actor_of(person), action="password.changed")


def change_profile(tenant: Tenant, person: Person, *, name: str, locale: str) -> None:
    """Store the person's own name and language; her other businesses see the new name from her next login
    on.
    """
    with runtime().database.control() as conn:
        update_profile(conn, person.user_id, display_name=name, locale=locale)
        record_audit(conn, tenant_id=tenant.id, actor=actor_of(person), action="profile.changed")
    seat_member(tenant, member_id=person.member_id, user_id=person.user_id, name=name, email=person.email)
