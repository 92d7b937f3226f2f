"""A member's row inside her tenant: `core_member`, which modules point at."""

from uuid import UUID

from sqlalchemy import text

from charsu.process import runtime
from charsu_tenants.context import Tenant
from charsu_tenants.database import UNFLUSHED

_SEAT = text("""
INSERT INTO core_member (id, user_id, display_name, email, is_active)
VALUES (:member_id, :user_id, :name, :email, true)
ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, email = excluded.email, is_active = true
 WHERE (core_member.display_name, core_member.email, core_member.is_active)
       IS DISTINCT FROM (excluded.display_name, excluded.email, true)
""")
#: Who comes back after she was removed gets a new membership; her old row stays, as history points at it.
_VACATE = text("UPDATE core_member SET user_id = NULL WHERE user_id = :user_id AND id <> :member_id")
_LEAVE = text("UPDATE core_member SET is_active = false WHERE id = :member_id")


def seat_member(tenant: Tenant, *, member_id: UUID, user_id: UUID, name: str, email: str) -> None:
    """Write a member's row in the tenant's schema; safe to repeat.

    The membership in the control schema is the truth and comes first. Every login repeats this, so a
    process that died between the two leaves nothing to repair, and the commit need not wait for the disk.
    """
    with runtime().database.engine(tenant).begin() as connection:
        connection.exec_driver_sql(UNFLUSHED)
        connection.execute(_VACATE, {"member_id": member_id, "user_id": user_id})
        connection.execute(_SEAT, {"member_id": member_id, "user_id": user_id, "name": name, "email": email})


def unseat_member(tenant: Tenant, member_id: UUID) -> None:
    """Mark a member as gone; the row stays, as history points at it."""
    with runtime().database.engine(tenant).begin() as connection:
        connection.execute(_LEAVE, {"member_id": member_id})
