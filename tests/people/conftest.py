import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property

import pytest

from charsu.people.login import NewSession, log_in
from charsu.people.passwords import hash_password
from charsu.people.permissions import builtin_roles
from charsu.people.tokens import create_token
from charsu.people.visitors import Visitor
from charsu.runtime import Runtime, use_runtime
from charsu_tenants.admission import Admission, Person
from charsu_tenants.context import Tenant
from charsu_tenants.door import Door
from charsu_tenants.memberships import create_membership
from charsu_tenants.opaque import digest
from charsu_tenants.roles import create_builtin_roles, find_role
from charsu_tenants.users import create_user, find_user_by_email

PASSWORD = "three unrelated words"
VISITOR = Visitor("203.0.113.7", "Mozilla/5.0 (test)")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Crew:
    """Makes people who log in by password, and looks at the door for them."""

    runtime: Runtime

    @cached_property
    def door(self) -> Door:
        """One for all looks, so that what it keeps is looked at too."""
        return Door(self.runtime.database, self.runtime.settings.base_host)

    def join(self, tenant: Tenant, role: str = "owner", *, email: str | None = None) -> str:
        """Make a member with a built-in role and return her address; an account it has is used again."""
        email = email or f"crew{next(_numbers)}@example.com"
        with self.runtime.database.control() as conn:
            create_builtin_roles(conn, tenant.id, builtin_roles())
            user = find_user_by_email(conn, email) or create_user(
                conn, email=email, password_hash=hash_password(PASSWORD), display_name="Crew", locale="en"
            )
            found = find_role(conn, tenant.id, key=role)
            assert user
            assert found
            assert create_membership(conn, tenant_id=tenant.id, user_id=user.id, role_id=found.id)
        return email

    def log_in(self, tenant: Tenant, email: str, password: str = PASSWORD) -> NewSession:
        return log_in(tenant, email=email, password=password, visitor=VISITOR)

    def at_door(
        self, tenant: Tenant, *, session: str | None = None, token: str | None = None
    ) -> Admission | None:
        return self.door.admit(
            f"{tenant.slug}.{self.runtime.settings.base_host}",
            session_hash=digest(session) if session else None,
            token_hash=digest(token) if token else None,
        )

    def person(self, tenant: Tenant, role: str = "owner", *, email: str | None = None) -> Person:
        """A member with a built-in role, signed in by a browser session."""
        session = self.log_in(tenant, self.join(tenant, role, email=email))
        admission = self.at_door(tenant, session=session.token)
        assert admission
        assert admission.person
        return admission.person


@pytest.fixture
def crew(runtime: Runtime) -> Crew:
    return Crew(runtime)


@pytest.fixture
def visit(crew, tenant, runtime):
    """`visit()`: what a door that keeps admissions says now, and what one says that keeps none.

    For a browser and a program on the tenant's own host, and for the program on a domain of its own.
    """
    manager = crew.person(tenant, "manager")
    session = digest(crew.log_in(tenant, manager.email).token)
    token = digest(create_token(tenant, manager, title="till").secret)
    base = runtime.settings.base_host
    with runtime.database.control() as control:
        control.execute("INSERT INTO control.domain VALUES ('crm.example.com', %s)", [tenant.id])
        control.execute(
            "INSERT INTO control.entitlement VALUES (%s, 'loyalty', 'subscription', false)",
            [tenant.id],
        )

    def ask(door):
        own = f"{tenant.slug}.{base}"
        return [
            door.admit(own, session_hash=session),
            door.admit(own, token_hash=token),
            door.admit("crm.example.com", token_hash=token),
        ]

    def look():
        return ask(crew.door), ask(Door(runtime.database, base))

    ask(crew.door)  # notes down the first use
    look.manager, look.credentials, look.ask = manager, {"session": session, "token": token}, ask
    look()
    return look


@pytest.fixture
def audit(runtime: Runtime) -> Callable[[], list[str]]:
    """`audit()`: the actions of all audit entries, oldest first."""

    def actions() -> list[str]:
        with runtime.database.control() as conn:
            return [row["action"] for row in conn.execute("SELECT action FROM control.audit ORDER BY id")]

    return actions


@pytest.fixture
def without_valkey(runtime: Runtime) -> Callable[[], AbstractContextManager[Runtime]]:
    """`with without_valkey():` a runtime whose Valkey does not answer."""

    def gone() -> AbstractContextManager[Runtime]:
        nowhere = replace(runtime.settings, redis_url="redis://127.0.0.1:1/0")
        return use_runtime(replace(runtime, settings=nowhere))

    return gone
