"""Members of a business, made on the spot, and the browsers and programs through which they come.

Without pytest: `charsu plugin check` visits every page of a plugin by these.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import text
from werkzeug.test import Client, TestResponse

from charsu.db import tenant_work
from charsu.process import use_runtime
from charsu.runtime import Runtime
from charsu.web.cookies import session_cookie_name
from charsu.web.crossing import Crossing
from charsu_tenants.context import Tenant
from charsu_tenants.grants import ALL, FieldRules, Grant
from charsu_tenants.memberships import create_membership
from charsu_tenants.opaque import PREFIX_LENGTH, digest, new_secret
from charsu_tenants.roles import create_role
from charsu_tenants.tokens import NewToken, create_token
from charsu_tenants.users import create_user
from charsu_tenants.web_sessions import create_session

_numbers = itertools.count(1)


class HostClient(Client):
    """A werkzeug test client that stays on one host and sends what a browser, or a token's holder, sends."""

    def __init__(self, application: Any, base_url: str, headers: dict[str, str]) -> None:
        super().__init__(application)
        self.base_url = base_url
        self.headers = headers

    def twin(self) -> "HostClient":
        """Another client with the same cookies and headers; what answers do to its cookies stays with it."""
        twin = HostClient(self.application, self.base_url, self.headers)
        twin._cookies = dict(self._cookies or {})
        return twin

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; `headers` given here win over the client's own."""
        kwargs.setdefault("base_url", self.base_url)
        kwargs["headers"] = {**self.headers, **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a business, made for a test."""

    tenant: Tenant
    user_id: UUID
    member_id: UUID
    email: str


@dataclass(frozen=True, slots=True)
class People:
    """Makes members and opens the door for them, past the login form."""

    runtime: Runtime
    application: Crossing

    def member(
        self, tenant: Tenant, permissions: Iterable[str] = (ALL,), field_rules: FieldRules | None = None
    ) -> Member:
        """A new member whose role has these permissions, scopes in them, and these rules about fields."""
        number = next(_numbers)
        email = f"member{number}@example.com"
        grant = Grant(permissions, field_rules or {})
        with self.runtime.database.control() as conn:
            user = create_user(
                conn,
                email=email,
                password_hash="-",  # noqa: S106 - no password fits it
                display_name=f"Member {number}",
                locale="en",
            )
            role = create_role(conn, tenant.id, key=f"role{number}", title=f"Role {number}", grant=grant)
            if user is None or role is None:
                raise LookupError("the made-up member is there already")
            seat = create_membership(conn, tenant_id=tenant.id, user_id=user.id, role_id=role.id)
            if seat is None:
                raise LookupError("the made-up member has a seat already")
        with tenant_work(tenant) as session:
            session.execute(
                text("INSERT INTO core_member (id, user_id, display_name, email) VALUES (:m, :u, :n, :e)"),
                {"m": seat.member_id, "u": user.id, "n": user.display_name, "e": email},
            )
        return Member(tenant, user.id, seat.member_id, email)

    def browser(self, member: Member) -> HostClient:
        """A browser in which the member is signed in."""
        secret = new_secret()
        with self.runtime.database.control() as conn:
            create_session(
                conn,
                token_hash=digest(secret),
                user_id=member.user_id,
                tenant_id=member.tenant.id,
                user_agent="test",
                ip=None,
            )
        client = self.anonymous(member.tenant)
        host = f"{member.tenant.slug}.{self.runtime.settings.base_host}"
        client.set_cookie(session_cookie_name(self.runtime.settings), secret, domain=host)
        return client

    def program(self, member: Member, scopes: Iterable[str] = (ALL,)) -> HostClient:
        """A program with a token of the member, cut down to `scopes`."""
        secret = new_secret("charsu_")
        with self.runtime.database.control() as conn:
            create_token(
                conn,
                NewToken(
                    tenant_id=member.tenant.id,
                    user_id=member.user_id,
                    token_hash=digest(secret),
                    prefix=secret[:PREFIX_LENGTH],
                    title="test",
                    scopes=frozenset(scopes),
                    expires_at=None,
                ),
            )
        return HostClient(self.application, self._url(member.tenant), {"Authorization": f"Bearer {secret}"})

    def anonymous(self, tenant: Tenant) -> HostClient:
        """A browser on the tenant's host in which nobody is signed in."""
        return HostClient(self.application, self._url(tenant), {"Sec-Fetch-Site": "same-origin"})

    def site(self) -> HostClient:
        """A browser on the bare host."""
        return HostClient(self.application, self.runtime.settings.base_url, {"Sec-Fetch-Site": "same-origin"})

    def _url(self, tenant: Tenant) -> str:
        return self.runtime.settings.tenant_url(tenant.slug)


@lru_cache(maxsize=16)
def application_of(runtime: Runtime) -> Crossing:
    """Both applications of a runtime, built once: that takes a second, and most tests want the same few."""
    with use_runtime(runtime):
        return Crossing(runtime)
