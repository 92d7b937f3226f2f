"""The front door: counts what it is told, in rows of core_setting."""

import os
import signal
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from flask import Blueprint
from markupsafe import Markup
from sqlalchemy import text

from charsu.events import Event, EventEnvelope, Reaction, RetryLater, emit
from charsu.jobs import JobSpec, enqueue
from charsu.plugins import (
    ChecklistStep,
    Fragment,
    HookContext,
    Manifest,
    NavItem,
    Permission,
    hookimpl,
)
from charsu.web.access import public

manifest = Manifest(name="bazaar", title="Bazaar", summary="For tests.", version="0.1.0", path="bazaar")

blueprint = Blueprint("bazaar", __name__)


@blueprint.get("/")
@public
def stall() -> str:
    return "a stall"


@dataclass(frozen=True, kw_only=True)
class NotePinned(Event):
    """Somebody pinned a note to the wall."""

    type: ClassVar[str] = "note.pinned"
    subject: ClassVar[tuple[str, str]] = ("note", "note_id")

    note_id: str
    #: What the reaction does: count, fail, wait, chain, circle, slow, hang, die.
    wish: str = "count"


@dataclass(frozen=True, kw_only=True)
class NoteRead(Event):
    """The reaction to a pinned note read it."""

    type: ClassVar[str] = "note.read"
    subject: ClassVar[tuple[str, str]] = ("note", "note_id")

    note_id: str


_ADD = text(
    """INSERT INTO core_setting (key, value) VALUES (:key, to_jsonb(1))
    ON CONFLICT (key) DO UPDATE SET value = to_jsonb(core_setting.value::text::int + 1)"""
)


def count(ctx: HookContext, key: str) -> None:
    ctx.session.execute(_ADD, {"key": key})


def read_note(ctx: HookContext, event: EventEnvelope) -> None:
    note = event.load(NotePinned)
    count(ctx, f"note:{note.note_id}")
    if note.wish == "fail":
        raise ValueError("this note can not be read")
    if note.wish == "wait":
        raise RetryLater("not yet", delay=timedelta(seconds=0))
    if note.wish == "circle":
        emit(NotePinned(note_id=note.note_id, wish="circle"))
    if note.wish == "chain":
        emit(NoteRead(note_id=note.note_id))
    if note.wish == "slow":
        time.sleep(0.02)
    if note.wish == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if note.wish == "hang":
        while True:
            pass


def greet(ctx: HookContext, event: EventEnvelope) -> None:
    count(ctx, f"greeted:{event.subject_id}:{event.hop}")


def tidy(ctx: HookContext, key: str = "tidy", fail: bool = False) -> None:
    count(ctx, key)
    if fail:
        raise ValueError("nothing is tidy")


def doze(ctx: HookContext, seconds: float) -> None:
    time.sleep(seconds)


def again(ctx: HookContext, times: int) -> None:
    count(ctx, "again")
    if times > 1:
        enqueue("bazaar.again", times=times - 1)


@hookimpl
def pages() -> list[Blueprint]:
    return [blueprint]


@hookimpl
def permissions() -> list[Permission]:
    return [Permission(name="bazaar.note.pin", title="Pin notes", default_roles=("manager", "staff"))]


@hookimpl
def events() -> list[type[Event]]:
    return [NotePinned, NoteRead]


@hookimpl
def reactions() -> list[Reaction]:
    return [
        Reaction("note.pinned", "read_note", read_note, time_limit=1.0),
        Reaction("note.read", "greet", greet),
    ]


@hookimpl
def jobs() -> list[JobSpec]:
    return [
        JobSpec("tidy", tidy, every=timedelta(hours=1)),
        JobSpec("again", again),
        JobSpec("doze", doze),
    ]


@hookimpl
def on_enable(ctx: HookContext, fresh: bool) -> None:
    count(ctx, "enabled:fresh" if fresh else "enabled:again")


@hookimpl
def nav_items() -> list[NavItem]:
    return [
        NavItem(title="Bazaar", endpoint="bazaar.stall", order=20),
        NavItem(title="Secret stall", endpoint="bazaar.stall", permission="bazaar.note.pin"),
    ]


@hookimpl
def fragments(slot: str, subject: object) -> list[Fragment]:
    return [Fragment(title="Bazaar", html=Markup("<b>{}</b>").format(f"{slot}/{subject}"))]


@hookimpl
def checklist_steps(ctx: HookContext) -> list[ChecklistStep]:
    done = ctx.session.execute(text("SELECT count(*) FROM core_setting")).scalar_one() > 0
    return [ChecklistStep(key="pin", title="Pin", text="Pin a note.", endpoint="bazaar.stall", is_done=done)]


@hookimpl
def add_sample(ctx: HookContext) -> None:
    count(ctx, "sample")


@hookimpl
def remove_sample(ctx: HookContext) -> None:
    ctx.session.execute(text("DELETE FROM core_setting WHERE key = 'sample'"))
