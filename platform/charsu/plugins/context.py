"""What a hook, a reaction or a job is given: the tenant, its session, who acts and what they may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from charsu_tenants.context import Tenant

if TYPE_CHECKING:
    from charsu.events.cause import Actor


def allow_everything(permission: str) -> bool:  # noqa: ARG001 - the shape of `can`
    """Answer every question of permission with yes: work of the system itself."""
    return True


@dataclass(frozen=True, kw_only=True)
class HookContext:
    """The surroundings of one call. Nothing else of the core is handed to a plugin: no app, no engine, no
    request.

    `session` serves this tenant alone; never commit it, the core does at the edge. `can` answers for the
    acting person; in reactions and jobs, which act for the business itself, it answers yes.
    """

    tenant: Tenant
    session: Session
    actor: Actor
    can: Callable[[str], bool] = allow_everything
