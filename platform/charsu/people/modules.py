"""Modules as a business sees them: what is offered, what is on, and turning one on or off."""

from dataclasses import dataclass

from charsu.events.cause import Actor
from charsu.plugins.lifecycle import disable_module, enable_module
from charsu.plugins.manifest import Text
from charsu.process import runtime
from charsu_tenants.admission import Person
from charsu_tenants.context import Access, Tenant


@dataclass(frozen=True, slots=True)
class Offer:
    """A module of this Charsu; `access` is `None` where the business has not turned it on."""

    name: str
    title: Text
    summary: Text
    version: str
    requires: tuple[str, ...]
    access: Access | None


def list_offers(tenant: Tenant) -> list[Offer]:
    """Return every module in use, each after those it requires."""
    return [
        Offer(
            name=plugin.name,
            title=plugin.manifest.title,
            summary=plugin.manifest.summary,
            version=plugin.manifest.version,
            requires=plugin.manifest.requires,
            access=tenant.modules[plugin.name].access if plugin.name in tenant.modules else None,
        )
        for plugin in runtime().plugins.loaded
    ]


def turn_on(tenant: Tenant, person: Person, name: str) -> None:
    """Turn a module and its requirements on. Raises: NotFound."""
    enable_module(tenant.id, name, event_actor(person))


def turn_off(tenant: Tenant, person: Person, name: str) -> None:
    """Turn a module off, its data stays. Raises: NotFound; Conflict naming the modules that need it."""
    disable_module(tenant.id, name, event_actor(person))


def event_actor(person: Person) -> Actor:
    """Describe an acting member as events and deliveries store her."""
    return Actor(
        kind="token" if person.via == "token" else "user", id=str(person.member_id), name=person.name
    )
