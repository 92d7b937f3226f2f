"""Looks well, and fails in each way that shows only when it is used."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from flask import Blueprint, render_template
from sqlalchemy.orm import Mapped

from charsu.events import Event, Reaction
from charsu.jobs import JobSpec
from charsu.plugins import Fragment, Manifest, NavItem, hookimpl
from charsu.records import Record, RecordType, TextField, full_access, service_of
from charsu.web.access import signed_in

manifest = Manifest(
    name="clumsy",
    title="Clumsy",
    summary="For tests.",
    version="0.1.0",
    path="clumsy",
    icon="tol",
    requires=("crm_core",),
)
clumsy = Blueprint("clumsy", __name__)


class Cup(Record):
    __tablename__ = "clumsy_cup"
    title: Mapped[str]


@dataclass(frozen=True, kw_only=True)
class CupBroken(Event):
    type: ClassVar[str] = "cup.broken"
    subject: ClassVar[tuple[str, str]] = ("cup", "cup_id")
    cup_id: int


CUP = RecordType(
    module="clumsy",
    name="cup",
    model=Cup,
    title="Cup",
    plural_title="Cups",
    fields=(TextField(name="title", title="Title", is_searched=True),),
)


@clumsy.get("/shelf")
@signed_in
def show_shelf():
    return render_template("clumsy/nowhere.html")


def tidy(ctx):
    ctx.session.no_such_thing()


def drop(ctx, event):
    raise RuntimeError(f"dropped {event.type}")


@hookimpl
def records():
    return [CUP]


@hookimpl
def pages():
    return [clumsy]


@hookimpl
def settings():
    raise LookupError("no settings at hand")


@hookimpl
def reactions():
    return [Reaction("purchase.recorded", "drop", drop)]


@hookimpl
def jobs():
    return [JobSpec("tidy", tidy, every=timedelta(days=1))]


@hookimpl
def nav_items(ctx):
    return [NavItem(title="Shelf", endpoint="clumsy.show_shelv")]


@hookimpl
def fragments(ctx, slot, subject):
    return [Fragment(title="Cups", html="<b>plain</b>")] if slot == "customer.side" else []


@hookimpl
def add_sample(ctx):
    service_of(CUP, ctx.session, full_access()).create({"title": "A cup"}).is_sample = True


@hookimpl
def remove_sample(ctx):
    pass
