"""Calls tenant hooks: only the modules a tenant uses, each guarded, timed and held to its specification."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from flask import Flask
from sqlalchemy.orm import Session

from charsu.db import db
from charsu.plugins.answers import PAGE_HOOKS, Piece, allowed, checked
from charsu.plugins.context import HookContext
from charsu.plugins.faults import note_fault
from charsu.plugins.host import Implementation
from charsu.plugins.lanes import Done, Failed, Lanes
from charsu.plugins.left_out import leave_out
from charsu.process import runtime
from charsu.proxies import these_globals, this_app
from charsu_tenants.context import Tenant

logger = logging.getLogger(__name__)
_lanes = Lanes()


@dataclass(frozen=True)
class Answer:
    """One piece a module gave for a page."""

    module: str
    value: Piece


class Sieve(Protocol):
    """What is still wanted of a hook whose pieces come in order, by what was met already."""

    def is_past(self, piece: Any) -> bool:
        """Whether nothing that comes after this piece is wanted."""

    def meet(self, pieces: Sequence[Any]) -> None:
        """Know what a module gave, now that its call ended well."""


@dataclass(frozen=True)
class Ask:
    """A hook to be called for a page, with its arguments."""

    hook: str
    arguments: Mapping[str, object]
    sieve: Sieve | None = None


@dataclass(frozen=True)
class Answers:
    """What the modules gave, and whether none of them failed."""

    answers: tuple[Answer, ...]
    is_whole: bool


def call(hook: str, ctx: HookContext, /, **arguments: object) -> list[Answer]:
    """Ask every module the tenant uses for its pieces; return them by their `order`, then in dependency
    order.

    For the hooks that make up pages: `nav_items`, `fragments`, `checklist_steps`. Needs an application
    context. A module that raises, hangs or gives nonsense is left out, and the fault is recorded: it never
    raises itself.
    """
    return list(call_all(hook, ctx, **arguments).answers)


def call_all(hook: str, ctx: HookContext, /, **arguments: object) -> Answers:
    """As `call`, and say whether every module answered: only then may the answers be kept."""
    return call_together(ctx, [Ask(hook, arguments)])[0]


def call_together(ctx: HookContext, asks: Sequence[Ask]) -> list[Answers]:
    """Several hooks of one page, each as by `call_all`, one after another but handed over at once.

    Every call is guarded and timed alone, as ever. It saves the threads waking each other for each hook.
    """
    usable, plugins = usable_modules(ctx.tenant), runtime().plugins
    asked = [(at, item) for at, ask in enumerate(asks) for item in plugins.implementations(ask.hook, usable)]
    if not asked:
        return [Answers((), is_whole=True)] * len(asks)
    app = this_app()
    shared = dict(vars(these_globals()))
    calls = [_guarded(app, shared, item, asks[at], ctx) for at, item in asked]
    pieces: list[list[Answer]] = [[] for _ in asks]
    failed: set[int] = set()
    seconds = max(PAGE_HOOKS[ask.hook].seconds for ask in asks)
    for (at, item), outcome in zip(asked, _lanes.outcomes(calls, seconds), strict=True):
        ask = asks[at]
        if isinstance(outcome, Done) and isinstance(outcome.value, tuple):
            pieces[at] += [Answer(item.module, piece) for piece in outcome.value]
            if ask.sieve is not None:
                ask.sieve.meet(outcome.value)
            continue
        failed.add(at)
        if ask.hook != "nav_items":
            # The menu is kept apart from the page, and says for itself what is not there.
            leave_out(item.module)
        if isinstance(outcome, Failed):
            note_fault(ctx.tenant, item.module, ask.hook, str(outcome.error), outcome.error)
        else:
            logger.error("%s.%s is not asked: too many calls of plugins hang", item.module, ask.hook)
    return [
        Answers(tuple(sorted(found, key=lambda answer: answer.value.order)), is_whole=at not in failed)
        for at, found in enumerate(pieces)
    ]


def usable_modules(tenant: Tenant) -> frozenset[str]:
    """Return the modules whose code may see this tenant: turned on, not quarantined, tables up to date."""
    heads = runtime().plugins.heads
    return frozenset(
        name
        for name, state in tenant.modules.items()
        if state.access != "quarantined" and heads.get(name) == state.revision
    )


def wanted_arguments(
    item: Implementation, ctx: HookContext, arguments: Mapping[str, object]
) -> dict[str, object]:
    """Return the arguments this implementation takes; it may leave out those it does not need."""
    given = {"ctx": ctx, **arguments}
    return {name: given[name] for name in item.arguments}


def _guarded(
    app: Flask,
    shared: Mapping[str, object],
    item: Implementation,
    ask: Ask,
    ctx: HookContext,
) -> Callable[[], object]:
    """Return the call as a lane runs it: its own application context, its own session, its answer checked."""
    is_past = None if ask.sieve is None else ask.sieve.is_past

    def run() -> object:
        with app.app_context():
            vars(these_globals()).update(shared)
            given = item.function(**wanted_arguments(item, _LaneContext.of(ctx), ask.arguments))
            return allowed(checked(ask.hook, given, is_past), ctx.can)

    return run


class _LaneContext(HookContext):
    """The context of one call, whose own session is made when it is first used: many calls never ask."""

    @classmethod
    def of(cls, ctx: HookContext) -> "_LaneContext":
        """The same surroundings without the session."""
        own = object.__new__(cls)
        vars(own).update(vars(ctx))
        del vars(own)["session"]
        return own

    @cached_property
    def session(self) -> Session:
        """A session of this call alone, which only reads."""
        session = db.session()
        session.info["read_only"] = True
        return session
