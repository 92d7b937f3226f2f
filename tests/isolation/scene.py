"""Two businesses with a record of every kind, and everybody who may stand before their doors."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text

from charsu.db import tenant_work
from charsu.people.notifications import notify
from charsu.people.permissions import all_permissions, builtin_roles
from charsu.process import Runtime
from charsu.schedule.holidays import put_holiday
from charsu.testing.clients import HostClient, Member, People
from charsu_tenants.context import Tenant
from charsu_tenants.roles import create_builtin_roles

from .kit_table import kit_attachments, kit_deletion, kit_drafts, kit_exports, kit_ids, kit_types
from .watch import Watch

RANDOM = {
    "session": "0123456789abcdef0123456789abcdef",
    "secret": "nobodyever-made-this-secret-0123456789abcdefg",
    "module": "nothing",
    "feed": "nobodyever-made-this-feed-01234567890123456",
    "holiday": "2033-03-03",
}
RANDOM_UUID = "0190a000-0000-7000-8000-00000000abcd"
MALFORMED = ("x", "-1", "0190a000", "all", "0190a00000007000800000000000abcd")


@dataclass
class Side:
    """One business: its records' ids by kind, and its people."""

    tenant: Tenant
    canary: str
    owner: Member
    browser: HostClient
    program: HostClient
    ids: dict[str, str] = field(default_factory=dict)
    #: By permission: a member's browser and an owner's token that hold every other permission but this one.
    without: dict[str, tuple[HostClient, HostClient]] = field(default_factory=dict)
    #: By permission: a token of the owner with this scope alone.
    only: dict[str, HostClient] = field(default_factory=dict)


@dataclass
class Scene:
    """Both sides, and the rows to come back to before each route."""

    runtime: Runtime
    people: People
    here: Side
    there: Side
    watch: Watch

    @property
    def turned(self) -> "Scene":
        """The same scene from the other business's side."""
        return Scene(self.runtime, self.people, self.there, self.here, self.watch)

    @property
    def sides(self) -> tuple["Scene", "Scene"]:
        """The scene from either side."""
        return self, self.turned


def build_scene(people: People, tenants: tuple[Tenant, Tenant], drain: Callable[[], None]) -> Scene:
    """Fill both businesses through their own API."""
    here, there = (
        _side(people, tenant, mark) for tenant, mark in zip(tenants, ("زاغچه", "دارکوب"), strict=True)
    )
    drain()
    with people.runtime.database.control() as conn:
        # Credentials count as just seen, so that no visit is noted down meanwhile.
        conn.execute("UPDATE control.api_token SET last_used_at = now() + interval '1 day'")
        conn.execute("UPDATE control.web_session SET last_seen_at = now() + interval '1 day'")
    return Scene(people.runtime, people, here, there, Watch(people.runtime.database, tenants))


def _side(people: People, tenant: Tenant, mark: str) -> Side:
    with people.runtime.database.control() as conn:
        create_builtin_roles(conn, tenant.id, builtin_roles())
    owner = people.member(tenant)
    side = Side(tenant, mark, owner, people.browser(owner), people.program(owner))
    _records(people, side)
    everything = frozenset(all_permissions())
    for permission in everything:
        rest = everything - {permission}
        side.without[permission] = (
            people.browser(people.member(tenant, rest)),
            people.program(owner, rest),
        )
        side.only[permission] = people.program(owner, [permission])
    return side


def _records(people: People, side: Side) -> None:
    def send(path: str, method: str = "POST", **body: Any) -> Any:
        answer = side.program.open(f"/api/v1/{path}", method=method, **({"json": body} if body else {}))
        assert answer.status_code < 300, f"{path}: {answer.text}"
        return answer.json

    mark = side.canary
    customer = send("crm/customers", full_name=f"{mark} رضایی", phone="09121234567", note=mark)
    bought = send(
        "crm/purchases", customer_id=customer["id"], amount_minor=5_000_000, currency="IRR", note=mark
    )
    invitation = send("core/invitations", role="staff")
    people.browser(side.owner)
    sessions = (side.browser.get("/api/v1/core/sessions").json or {})["items"]
    company = send("crm/customers", full_name=f"{mark} company", kind="company")
    known = {
        "crm.customer": customer["id"],
        "crm.company": company["id"],
        "crm.purchase": bought["id"],
        "core.member": str(side.owner.member_id),
    }
    side.ids = kit_ids(send, mark, known) | {
        "customer": customer["id"],
        "purchase": bought["id"],
        "role": send("core/roles", key="helper", title=f"{mark} helper", permissions=[])["id"],
        "field": send("core/custom-fields", record_type="crm.customer", title=f"{mark} field", kind="text")[
            "id"
        ],
        "team": send("core/teams", name=f"{mark} team", members=[str(side.owner.member_id)])["id"],
        "token": send("core/tokens", title=f"{mark} token")["id"],
        "invitation": invitation["id"],
        "secret": invitation["url"].rpartition("/")[2],
        "member": str(people.member(side.tenant, ["crm.customer.read"]).member_id),
        "session": next(one["id"] for one in sessions if not one["is_current"]),
        "module": "loyalty",
        "feed": feed(side),
        "notification": told(side),
        "holiday": day_off(side),
    }
    side.ids["batch"] = side.ids["crm.customer.batch"]
    side.ids |= pairs(side)
    side.ids |= kit_drafts(side.tenant, side.owner.member_id, mark)
    side.ids |= kit_exports(side.tenant, side.owner.member_id)
    side.ids |= kit_attachments(side.tenant, side.ids, mark)
    side.ids["deletion"] = kit_deletion(side.tenant)


def pairs(side: Side) -> dict[str, str]:
    """A pair of each type that may be one, by its kind."""
    statement = text(
        "INSERT INTO core_duplicate (record_type, first_id, second_id, confidence, reasons)"
        " VALUES (:type, CAST(:first AS uuid), CAST(:second AS uuid), 70, :reasons) RETURNING id"
    )
    found = {}
    with tenant_work(side.tenant) as session:
        for key, record_type in kit_types().items():
            if record_type.duplicates is not None:
                first, second = sorted((side.ids[key], side.ids[f"{key}.twin"]))
                reasons = ["name"]
                values = {"type": key, "first": first, "second": second, "reasons": reasons}
                found[f"{key}.duplicate"] = str(session.scalar(statement, values))
    return found


def feed(side: Side) -> str:
    """The secret in the address of the owner's calendar feed."""
    found = re.search(r"/calendar/feed/([\w-]+)\.ics", side.browser.post("/account/feed").text)
    assert found
    return found[1]


def day_off(side: Side) -> str:
    """A day that is a holiday on this side alone."""
    held_on = date(2032, 1, 1 + ord(side.canary[0]) % 28)
    with tenant_work(side.tenant) as session:
        put_holiday(session, held_on, f"{side.canary} holiday")
    return held_on.isoformat()


def told(side: Side) -> str:
    """Something the owner was told, by its id."""
    with tenant_work(side.tenant) as session:
        notify(session, member_id=side.owner.member_id, title=f"{side.canary} notification", path="/account")
        return str(session.scalar(text("SELECT id FROM core_notification")))
