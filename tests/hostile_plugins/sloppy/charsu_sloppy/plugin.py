"""Loads, and is wrong in every way that can be seen only by a look at the whole."""

import uuid

from flask import Blueprint
from sqlalchemy.orm import Mapped, mapped_column

from charsu.events import Reaction
from charsu.jobs import JobSpec
from charsu.plugins import Manifest, hookimpl
from charsu.web.access import public
from charsu_tenants.base import Base

manifest = Manifest(name="sloppy", title="Sloppy", summary="For tests.", version="0.1.0", path="sloppy")
blueprint = Blueprint("sloppy", __name__)


class Item(Base):
    __tablename__ = "sloppy_item"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    colour: Mapped[str]


class Ghost(Base):
    __tablename__ = "sloppy_ghost"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class Thing(Base):
    __tablename__ = "elsewhere_thing"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


@blueprint.get("/")
@public
def show() -> str:
    return "anybody?"


def look(ctx):
    pass


def sweep():
    pass


@hookimpl
def pages():
    return [blueprint]


@hookimpl
def reactions():
    return [Reaction("comet.seen", "look", look)]


@hookimpl
def jobs():
    return [JobSpec("sweep", sweep)]
