"""Loads, and its record type is wrong in the ways that are usual."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Mapped

from charsu.errors import RuleViolated
from charsu.module_settings import ModuleSettings, SecretField
from charsu.plugins import Manifest, Permission, hookimpl
from charsu.records import Board, CalendarSpec, ChoiceField, LinkField, Record, RecordType, TextField
from charsu.text.i18n import lazy

manifest = Manifest(name="careless", title="Careless", summary="For tests.", version="0.1.0", path="careless")
PICTURE = lazy(f"A {'made up'} title")


class Thing(Record):
    __tablename__ = "careless_thing"
    title: Mapped[str]
    state: Mapped[str | None]
    phone: Mapped[str | None]
    code: Mapped[str | None]
    buyer_id: Mapped[uuid.UUID | None]
    seller_id: Mapped[uuid.UUID | None]


THING = RecordType(
    module="careless",
    name="thing",
    model=Thing,
    title=lazy("Thing"),
    plural_title=PICTURE,
    fields=(
        TextField(name="title", title=lazy("Title"), section="nowhere"),
        ChoiceField(name="state", title="State", options={"new": "Brand new"}),
        TextField(name="phone", title=lazy("Phone")),
        SecretField(name="code", title=lazy("Title"), is_read_only=True),
        LinkField(name="buyer_id", title=lazy("Buyer"), to="crm.custmer"),
        LinkField(name="seller_id", title=lazy("Seller"), to="crm.customer"),
    ),
    board=Board(field="state", sum_field="amount"),
    calendar=CalendarSpec(start_field="titel"),
    verbs=frozenset({"read", "wirte"}),
    templates={"page": "careless/thing.html"},
)


@hookimpl
def records():
    return [THING]


@dataclass(frozen=True)
class Wishes:
    shade: str
    buyer_id: uuid.UUID | None


def never(values):
    raise RuleViolated("Nothing will do.")


@hookimpl
def settings():
    shades = ChoiceField(name="shade", title=lazy("Title"), options={"dark": "Dark as night"}, default="dark")
    buyer = LinkField(name="buyer_id", title=lazy("Buyer"), to="crm.customer")
    return ModuleSettings(module="careless", values=Wishes, fields=(shades, buyer), check=never)


@hookimpl
def permissions():
    return [Permission(name="careless.thing.polish", title="Polish", default_roles=("managr",))]


@hookimpl
def nav_items(ctx):
    return [ctx.can("careless.thing.raed")][:0]
