"""Sign-up: from an empty form to a business of one's own, ready and with its owner inside.

One control transaction takes a ready-made spare schema, gives it its name, and makes user, roles and
membership: all of it or nothing. What follows (the owner's row in the tenant, the chosen modules) is
repeatable, and is also a job written in that transaction: where the process dies in between, the job
finishes the sign-up; where a step fails, all of it is taken back and the address of the business is free
again.

An address that has an account already needs that account's password, so nobody can add businesses to
another person. That refusal can not be hidden from somebody who has just chosen a password for a stranger's
address; it says the same as for a wrong password, counts against the login limits of that account, and
takes as long as a success.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg import Connection
from psycopg.errors import UniqueViolation

from charsu.clock import now
from charsu.errors import Conflict, RuleViolated
from charsu.events.cause import Actor
from charsu.jobs.queueing import cancel_platform, enqueue_platform_once
from charsu.people import limits
from charsu.people.login import arrival_url
from charsu.people.passwords import start_hash, verify_password
from charsu.people.permissions import builtin_roles
from charsu.people.seats import seat_member
from charsu.people.signup_form import DEFAULT_MODULES, SignUpForm, check_form, known_modules, slug_refused
from charsu.people.visitors import Visitor, actor_of_user
from charsu.plugins.lifecycle import enable_module
from charsu.process import runtime
from charsu.text.i18n import _
from charsu_tenants.audit import record_audit
from charsu_tenants.context import Tenant
from charsu_tenants.erasure import erase_tenant
from charsu_tenants.lineages import Lineage
from charsu_tenants.memberships import Membership, create_membership, find_owner
from charsu_tenants.provisioning import TenantRow, provision_schema
from charsu_tenants.registry import TRIAL, find_by_id
from charsu_tenants.roles import OWNER, create_builtin_roles, find_role
from charsu_tenants.slugs import InvalidSlug
from charsu_tenants.spares import take_spare_in
from charsu_tenants.users import User, create_user, find_credentials, find_user

#: The job that finishes a sign-up whose process died waits this long, for the process is usually alive.
FINISH_AFTER = timedelta(seconds=20)
_FINISH_JOB = "core.finish_sign_up"
_TAKE_TRIES = 5
#: Whose business it will be: the id of an account there is, or the password hash of a new one, on its way.
_Account = UUID | Future[str]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SignUp:
    """A business just made: `url` is its own host, `arrival_url` logs the owner in there once, within a
    minute.
    """

    tenant: Tenant
    user: User
    url: str
    arrival_url: str


def sign_up(form: SignUpForm, visitor: Visitor) -> SignUp:
    """Make a business on a 14-day trial of every module, with the person as its owner.

    Raises: RuleViolated on a field of the form, InvalidInput on several; Conflict when the slug is taken (of
    two at once one wins); TooManyRequests.
    """
    limits.hit(limits.network_rules(limits.SIGN_UPS_PER_NETWORK, "signup.network", visitor.ip))
    email = check_form(form)
    modules = known_modules(form.modules)
    account = _identify(form, email, visitor)
    tenant, user, owner = _claim(form, email, account, modules)
    try:
        _settle(tenant, owner, modules)
    except Exception:
        _take_back(tenant)
        raise
    with runtime().database.control() as conn:
        cancel_platform(conn, _FINISH_JOB, str(tenant.id))
        url = arrival_url(conn, user_id=user.id, tenant_id=tenant.id, slug=tenant.slug)
    return SignUp(tenant, user, runtime().settings.tenant_url(tenant.slug), url)


def finish_sign_up(tenant_id: UUID, modules: Sequence[str]) -> None:
    """Do what a dead process left undone of a sign-up, or of taking one back; repeatable.

    Nothing is done for a tenant that is gone, or that has been suspended since.
    """
    tenant = find_by_id(runtime().database, tenant_id)
    if tenant is None:
        return
    if tenant.status == "erasing":
        erase_tenant(runtime().database, tenant_id)
        return
    with runtime().database.control() as conn:
        owner = find_owner(conn, tenant_id)
    if owner is not None and tenant.status == "active":
        _settle(tenant, owner, modules)


def spare_lineages() -> list[Lineage]:
    """Return the revisions a ready-made schema holds: those of the modules most sign-ups ask for."""
    plugins = runtime().plugins
    return _lineages([name for name in DEFAULT_MODULES if plugins.find(name) is not None])


def _identify(form: SignUpForm, email: str, visitor: Visitor) -> _Account:
    """Return the account the address has (its password checked), or the hash begun for a new one.

    Either way exactly one password hash is computed.
    """
    with runtime().database.control_autocommit() as conn:
        credentials = find_credentials(conn, email)
    if credentials is None:
        return start_hash(form.password)
    rules = limits.login_rules(email, visitor.ip)
    limits.hit(rules)
    if not verify_password(credentials.password_hash, form.password) or credentials.is_disabled:
        raise RuleViolated(
            _("The e-mail address or the password is not right."), field="email", code="wrong_login"
        )
    limits.forget(rules)
    return credentials.user_id


def _claim(
    form: SignUpForm, email: str, account: _Account, modules: Sequence[str]
) -> tuple[Tenant, User, Membership]:
    lineages = _lineages(modules)
    for _attempt in range(_TAKE_TRIES):
        try:
            # The last step's commit, before anybody hears of it, waits for the disk for all of them.
            with runtime().database.control(flushed=False) as conn:
                tenant = take_spare_in(conn, _columns(form), lineages)
                if tenant is not None:
                    create_builtin_roles(conn, tenant.id, builtin_roles())
                    runtime().database.warm(tenant)
                    # What could be done before the hash is there has been done.
                    user = _user(conn, form, email, account)
                    return tenant, user, _make_owner(conn, tenant, user, modules)
        except UniqueViolation as error:
            if error.diag.constraint_name != "uq_tenant_slug":
                raise
            raise slug_refused(InvalidSlug(form.slug, "taken")) from None
        # None stood ready: make one, and take it unless another sign-up is quicker.
        provision_schema(runtime().database, TenantRow(), lineages)
    raise Conflict(_("Too many businesses are being made right now. Please try again."), code="retry")


def _columns(form: SignUpForm) -> dict[str, Any]:
    return {
        "slug": form.slug,
        "name": form.business_name.strip(),
        "locale": form.locale,
        "calendar": "jalali" if form.locale == "fa" else "gregorian",
        "trial_ends_at": now() + TRIAL,
    }


def _user(conn: Connection[Any], form: SignUpForm, email: str, account: _Account) -> User:
    user = (
        find_user(conn, account)
        if isinstance(account, UUID)
        else create_user(
            conn,
            email=email,
            password_hash=account.result(),
            display_name=form.owner_name.strip() or email.split("@")[0],
            locale=form.locale,
        )
    )
    if user is None:
        # The address got an account since it was looked up: the next try asks for that account's password.
        raise Conflict(_("Please try again."), code="retry")
    return user


def _make_owner(conn: Connection[Any], tenant: Tenant, user: User, modules: Sequence[str]) -> Membership:
    role = find_role(conn, tenant.id, key=OWNER)
    owner = create_membership(conn, tenant_id=tenant.id, user_id=user.id, role_id=role.id) if role else None
    if owner is None:
        raise LookupError(f"the new tenant {tenant.id} has members already")
    with conn.pipeline():
        record_audit(
            conn,
            tenant_id=tenant.id,
            actor=actor_of_user(user.id, user.display_name),
            action="business.signed_up",
            details={"slug": tenant.slug, "name": tenant.name, "email": user.email, "modules": list(modules)},
        )
        enqueue_platform_once(
            conn,
            _FINISH_JOB,
            str(tenant.id),
            due_at=now() + FINISH_AFTER,
            tenant_id=str(tenant.id),
            modules=list(modules),
        )
    return owner


def _settle(tenant: Tenant, owner: Membership, modules: Sequence[str]) -> None:
    seat_member(tenant, member_id=owner.member_id, user_id=owner.user_id, name=owner.name, email=owner.email)
    actor = Actor(kind="user", id=str(owner.member_id), name=owner.name)
    for name in modules:
        enable_module(tenant.id, name, actor)


def _take_back(tenant: Tenant) -> None:
    """Undo a claim after a failed step: the slug is free again, and a user made for it is gone along."""
    _log.warning("sign_up_taken_back", tenant=str(tenant.id), slug=tenant.slug)
    erase_tenant(runtime().database, tenant.id)
    with runtime().database.control() as conn:
        cancel_platform(conn, _FINISH_JOB, str(tenant.id))


def _lineages(modules: Sequence[str]) -> list[Lineage]:
    plugins = runtime().plugins
    return [lineage for name in modules if (lineage := plugins.module(name).lineage) is not None]
