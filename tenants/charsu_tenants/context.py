"""Whose data this piece of work may see: the tenant of the current thread or task."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

Access = Literal["full", "read_only", "quarantined"]
Status = Literal["spare", "active", "suspended", "erasing"]


class NoTenant(RuntimeError):
    """Tenant data was asked for outside any `tenant_scope`."""


@dataclass(frozen=True, slots=True)
class ModuleState:
    """How a tenant stands with one module it enabled."""

    #: Revision of the module's tables in the tenant's schema.
    revision: str
    access: Access = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One business, as it stood when its row was read."""

    id: UUID
    slug: str
    name: str
    #: Name of its schema and of the LOGIN role that works in it.
    schema: str
    status: Status = "active"
    locale: Literal["fa", "en"] = "fa"
    calendar: Literal["jalali", "gregorian"] = "jalali"
    timezone: str = "Asia/Tehran"
    currency: str = "IRR"
    money_display: Literal["toman", "rial"] = "toman"
    trial_ends_at: dt.datetime | None = None
    #: Every enabled module by name; the core is among them.
    modules: Mapping[str, ModuleState] = field(default_factory=dict, hash=False)


#: Columns of `tenant_from_row`, from `control.tenant t`.
TENANT_COLUMNS = """t.id, t.slug, t.name, t.schema_name, t.status, t.locale, t.calendar, t.timezone,
  t.currency, t.money_display, t.trial_ends_at,
  (SELECT coalesce(jsonb_object_agg(a.module, jsonb_build_array(a.revision, a.access)), '{}')
   FROM control.module_access a WHERE a.tenant_id = t.id) AS modules"""

#: Their names, in their order.
TENANT_NAMES = (
    *("id", "slug", "name", "schema_name", "status", "locale", "calendar", "timezone", "currency"),
    *("money_display", "trial_ends_at", "modules"),
)


def tenant_from_row(row: Mapping[str, Any]) -> Tenant:
    """The tenant in a row of `TENANT_COLUMNS`, which may hold other columns beside them."""
    return Tenant(
        id=row["id"],
        slug=row["slug"] or "",
        name=row["name"],
        schema=row["schema_name"],
        status=row["status"],
        locale=row["locale"],
        calendar=row["calendar"],
        timezone=row["timezone"],
        currency=row["currency"],
        money_display=row["money_display"],
        trial_ends_at=row["trial_ends_at"],
        modules={name: ModuleState(*state) for name, state in row["modules"].items()},
    )


_current: ContextVar[Tenant | None] = ContextVar("charsu_tenant", default=None)


def find_tenant() -> Tenant | None:
    """The tenant of the current work, None outside any."""
    return _current.get()


def current_tenant() -> Tenant:
    """The tenant of the current work. Raises: NoTenant."""
    tenant = _current.get()
    if tenant is None:
        raise NoTenant("no tenant is set: open a tenant_scope around this work")
    return tenant


@contextmanager
def tenant_scope(tenant: Tenant) -> Iterator[Tenant]:
    """Work for `tenant` until the block ends, however it ends; scopes may be nested."""
    token = _current.set(tenant)
    try:
        yield tenant
    finally:
        _current.reset(token)
