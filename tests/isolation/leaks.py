"""Routes that leak on purpose, each in another way; at the host of one business alone, or at both."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from sqlalchemy import text

from charsu.db import db
from charsu.errors import NotFound
from charsu.process import runtime
from charsu.web.access import can, find_person, public
from charsu_tenants.context import current_tenant
from charsu_tenants.opaque import digest

HONEST = "crm.customer.read"
View = Callable[[Any], Any]


def ask(permission: str) -> View:
    """What `@requires` does, for a route that is honest at one host and not at the other."""

    def guard(customer_id: Any) -> None:
        del customer_id
        if find_person() is None:
            abort(401)
        if not can(permission):
            abort(403)

    return guard


ask_to_read = ask(HONEST)


def ask_who(customer_id: Any) -> None:
    del customer_id
    if find_person() is None:
        abort(401)


def ask_nothing(customer_id: Any) -> None:
    del customer_id


def take_any_token(customer_id: Any) -> None:
    """Lets in who holds a token of any business; of its own members it asks the permission."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    sql = "SELECT 1 FROM control.api_token WHERE token_hash = %s AND tenant_id <> %s"
    with runtime().database.control() as conn:
        if not conn.execute(sql, (digest(token), current_tenant().id)).fetchone():
            ask_to_read(customer_id)


def look_before_asking(customer_id: Any) -> None:
    """Tells those who may not read it whether a record is there."""
    if find_person() is not None and not can(HONEST):
        read_own(customer_id)
    ask_to_read(customer_id)


def write_before_asking(customer_id: Any) -> None:
    """Writes past the unit of work, and then finds that it may not."""
    ask_who(customer_id)
    if not can(HONEST):
        rename(str(current_tenant().slug))
        abort(403)


def rename(slug: str) -> None:
    with runtime().database.control() as conn:
        conn.execute("UPDATE control.tenant SET name = 'x' WHERE slug = %s", (slug,))


def read_own(customer_id: Any) -> dict[str, Any]:
    row = db.session.execute(
        text("SELECT full_name FROM crm_core_customer WHERE id = :id"), {"id": customer_id}
    ).first()
    return {"name": row.full_name} if row else abort(404)


def names_everywhere(condition: str, *values: Any) -> Iterator[tuple[str, str]]:
    """Schema and customer's name, from every schema, past the tenant's own role."""
    with runtime().database.admin() as admin:
        tenants = admin.execute("SELECT schema_name FROM control.tenant WHERE slug IS NOT NULL").fetchall()
        for schema in (str(tenant["schema_name"]) for tenant in tenants):
            sql = f'SELECT full_name FROM "{schema}".crm_core_customer WHERE {condition}'
            for row in admin.execute(sql, values).fetchall():
                yield schema, str(row["full_name"])


def read_anywhere(customer_id: Any) -> dict[str, Any]:
    for _schema, name in names_everywhere("id = %s", customer_id):
        return {"name": name}
    return abort(404)


def tell_apart(customer_id: Any) -> dict[str, Any]:
    """Says of a neighbour's record that it is there."""
    if any(schema != current_tenant().schema for schema, _ in names_everywhere("id = %s", customer_id)):
        raise NotFound("This record belongs to somebody else.")
    return read_own(customer_id)


def list_everywhere(customer_id: Any) -> dict[str, Any]:
    return {**read_own(customer_id), "all": [name for _schema, name in names_everywhere("true")]}


def write_next_door(customer_id: Any) -> dict[str, Any]:
    found = read_own(customer_id)
    with runtime().database.control() as conn:
        rows = conn.execute("SELECT slug FROM control.tenant WHERE slug IS NOT NULL").fetchall()
    for slug in {str(row["slug"]) for row in rows} - {current_tenant().slug}:
        rename(slug)
    return found


@dataclass(frozen=True)
class PlantedLeak:
    """What a route asks of its caller and does for her, and what the matrix says of that."""

    complaint: str
    guard: View = ask_to_read
    read: View = read_own

    def view(self, hosts: frozenset[str]) -> View:
        """The route: as honest as any at other hosts than these."""

        @public
        def answer(customer_id: Any) -> Any:
            is_leaky = current_tenant().slug in hosts
            (self.guard if is_leaky else ask_to_read)(customer_id)
            return (self.read if is_leaky else read_own)(customer_id)

        return answer


LEAKS: Mapping[str, PlantedLeak] = {
    "reads_anywhere": PlantedLeak("shows the other business", read=read_anywhere),
    "lists_everywhere": PlantedLeak("shows the other business", read=list_everywhere),
    "tells_apart": PlantedLeak("a foreign customer and a random one differ", read=tell_apart),
    "answers_any_id": PlantedLeak("unknown customer", read=lambda customer_id: {"name": str(customer_id)}),
    "writes_then_refuses": PlantedLeak("changed rows", guard=write_before_asking),
    "writes_next_door": PlantedLeak("changed rows of the other business", read=write_next_door),
    "asks_for_nothing": PlantedLeak(f"without {HONEST}", guard=ask_who),
    "asks_for_nobody": PlantedLeak("anonymous", guard=ask_nothing),
    "asks_for_another_permission": PlantedLeak(f"without {HONEST}", guard=ask("crm.customer.delete")),
    "takes_any_token": PlantedLeak("a token of the other business", guard=take_any_token),
    "looks_before_asking": PlantedLeak(f"without {HONEST}, naming foreign ids", guard=look_before_asking),
}
