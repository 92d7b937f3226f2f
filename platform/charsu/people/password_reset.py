"""Lost passwords: a link by e-mail, good for half an hour and once; the answer never says whether we know
you.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from charsu.errors import NotFound, TooManyRequests
from charsu.jobs.queueing import enqueue_platform_once
from charsu.mail.letters import reset_letter
from charsu.mail.outbox import send_mail
from charsu.people import limits
from charsu.people.passwords import check_new_password, hash_password
from charsu.people.visitors import Visitor, actor_of_user
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants import one_time
from charsu_tenants.audit import record_audit
from charsu_tenants.opaque import digest, new_secret
from charsu_tenants.users import find_user, find_user_by_email, fold_email, is_email, set_password_hash
from charsu_tenants.web_sessions import end_sessions

LIFETIME = timedelta(minutes=30)
_WRITE_JOB = "core.write_reset_letter"


def request_reset(*, email: str, origin_slug: str | None = None, visitor: Visitor) -> None:
    """Have a reset link mailed if the address has an account; says nothing either way.

    `origin_slug` names the tenant host the person asked on, so that the link leads back there; the host
    itself comes from our settings, never from the request. Whether there is such an account is for the job
    to find out: for every address the same is done here, so the time of the answer tells nothing. Raises:
    TooManyRequests, by the network only: a limit on the address is kept silently.
    """
    limits.hit(limits.network_rules(limits.MAILS_PER_NETWORK, "reset.network", visitor.ip))
    folded = fold_email(email)
    if not is_email(folded):
        return
    try:
        limits.hit([limits.Rule(limits.MAILS_PER_ACCOUNT, "reset.account", (folded,))])
    except TooManyRequests:
        return
    key = str(uuid4())
    asked: dict[str, Any] = {
        "email": folded,
        "origin_slug": origin_slug,
        "ip": visitor.ip,
        "device": visitor.device,
    }
    with runtime().database.control() as conn:
        enqueue_platform_once(conn, _WRITE_JOB, key, mail_id=key, **asked)


def write_letter(*, mail_id: UUID, email: str, origin_slug: str | None, visitor: Visitor) -> None:
    """The job: put the letter with the link into the outbox, where the address has an account.

    The letter goes by an id of the request's own, so running again sends no second one.
    """
    secret = new_secret()
    settings = runtime().settings
    base = settings.tenant_url(origin_slug) if origin_slug else settings.base_url
    with runtime().database.control() as conn:
        user = find_user_by_email(conn, email)
        if user is None or user.disabled_at is not None:
            return
        one_time.issue(
            conn, token_hash=digest(secret), purpose="password_reset", user_id=user.id, lifetime=LIFETIME
        )
        letter = reset_letter(
            locale=user.locale, to=user.email, name=user.display_name, url=f"{base}/password/reset/{secret}"
        )
        send_mail(conn, letter, mail_id=mail_id)
        record_audit(
            conn,
            tenant_id=None,
            actor=actor_of_user(user.id, user.display_name, visitor),
            action="password.reset_requested",
        )


def look_at(secret: str) -> UUID:
    """Return the user a link belongs to, without using it up. Raises: NotFound."""
    with runtime().database.control() as conn:
        found = one_time.find_open(conn, digest(secret), "password_reset")
    if found is None:
        raise _spent()
    return found.user_id


def reset_password(secret: str, new_password: str, visitor: Visitor) -> None:
    """Set a new password by link; ends every session of the person, everywhere, and all her other links.

    Raises: NotFound for the link (used up, old, unknown); RuleViolated on `password`; TooManyRequests.
    """
    limits.hit(limits.network_rules(limits.LINKS_PER_NETWORK, "reset.link", visitor.ip))
    look_at(secret)
    check_new_password(new_password)
    new_hash = hash_password(new_password)
    with runtime().database.control() as conn:
        found = one_time.use_up(conn, digest(secret), "password_reset")
        user = find_user(conn, found.user_id) if found else None
        if user is None or user.disabled_at is not None:
            raise _spent()
        set_password_hash(conn, user.id, new_hash)
        end_sessions(conn, user.id)
        one_time.void(conn, user.id, "password_reset")
        one_time.void(conn, user.id, "arrival")
        record_audit(
            conn,
            tenant_id=None,
            actor=actor_of_user(user.id, user.display_name, visitor),
            action="password.reset",
        )


def _spent() -> NotFound:
    return NotFound(_("This link is no longer valid. Please ask for a new one."), code="link_spent")
