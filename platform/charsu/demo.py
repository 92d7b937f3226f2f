"""The demo business of a first start: a shop with staff and sample data, so that there is much to see."""

from dataclasses import dataclass
from uuid import UUID

from charsu import samples
from charsu.db import tenant_work
from charsu.events.cause import SYSTEM
from charsu.people.passwords import hash_password
from charsu.people.permissions import builtin_roles
from charsu.people.seats import seat_member
from charsu.plugins.lifecycle import enable_module
from charsu.process import Runtime
from charsu.text.preferences import Preferences, use_preferences
from charsu_tenants.context import Tenant
from charsu_tenants.memberships import create_membership, find_by_user
from charsu_tenants.registry import create_tenant, find_by_slug
from charsu_tenants.roles import create_builtin_roles, find_role
from charsu_tenants.users import create_user, find_user_by_email

SLUG = "demo"
NAME = "فروشگاه چارسو"
EMAIL = "demo@charsu.example"
PASSWORD = "charsu-demo-1404"  # noqa: S105 - printed at the start; the demo exists on localhost only
MODULES = ("crm_core", "loyalty")
#: Name, address and role of those who work in the shop.
STAFF = (
    ("سارا محمدی", EMAIL, "owner"),
    ("رضا کریمی", "reza@charsu.example", "manager"),
    ("نرگس احمدی", "narges@charsu.example", "staff"),
)


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """Where the demo business is and how to get in."""

    url: str
    email: str
    password: str


def seed_demo(runtime: Runtime) -> DemoLogin:
    """Make the demo business, or what is missing of it; what people changed there stays."""
    tenant = find_by_slug(runtime.database, SLUG)
    is_new = tenant is None
    if tenant is None:
        tenant = create_tenant(runtime.database, slug=SLUG, name=NAME, locale="fa")
    _seat_staff(runtime, tenant)
    with use_preferences(Preferences(locale="fa")):
        for name in MODULES:
            if runtime.plugins.find(name) is not None:
                enable_module(tenant.id, name, SYSTEM)
        if is_new:
            _add_samples(runtime)
    return DemoLogin(url=runtime.settings.tenant_url(SLUG), email=EMAIL, password=PASSWORD)


def _seat_staff(runtime: Runtime, tenant: Tenant) -> None:
    with runtime.database.control() as conn:
        if find_role(conn, tenant.id, key="owner") is None:
            create_builtin_roles(conn, tenant.id, builtin_roles())
    for name, email, role in STAFF:
        user_id = _user(runtime, name, email)
        with runtime.database.control() as conn:
            found = find_role(conn, tenant.id, key=role)
            if found is not None:
                create_membership(conn, tenant_id=tenant.id, user_id=user_id, role_id=found.id)
            member = find_by_user(conn, tenant.id, user_id)
        if member is not None:
            seat_member(tenant, member_id=member.member_id, user_id=user_id, name=name, email=email)


def _user(runtime: Runtime, name: str, email: str) -> UUID:
    with runtime.database.control() as conn:
        known = find_user_by_email(conn, email)
    if known is not None:
        return known.id
    password_hash = hash_password(PASSWORD)
    with runtime.database.control() as conn:
        user = create_user(
            conn, email=email, password_hash=password_hash, display_name=name, locale="fa"
        ) or find_user_by_email(conn, email)
    if user is None:
        raise LookupError(f"the user {email} vanished")
    return user.id


def _add_samples(runtime: Runtime) -> None:
    tenant = find_by_slug(runtime.database, SLUG)
    if tenant is None:
        return
    with tenant_work(tenant, read_only=True) as session:
        has_samples = samples.has_samples(session)
    if not has_samples:
        samples.add_samples(tenant, SYSTEM)
