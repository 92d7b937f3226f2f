"""Calls tenant hooks: only the modules a tenant uses, each guarded, timed and held to its specification."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from charsu.db import db
from charsu.plugins.answers import PAGE_HOOKS, Piece, allowed, checked
from charsu.plugins.context import HookContext
from charsu.plugins.guard import describe
from charsu.plugins.host import Implementation
from charsu.plugins.lanes import Done, Failed, Lanes
from charsu.process import runtime
from charsu_tenants.context import Tenant
from charsu_tenants.modules import record_fault

logger = logging.getLogger(__name__)
_lanes = Lanes()


@dataclass(frozen=True)
class Answer:
    """One piece a module gave for a page."""

    module: str
    value: Piece


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
    implementations = runtime().plugins.implementations(hook, usable_modules(ctx.tenant))
    if not implementations:
        return Answers((), is_whole=True)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
    shared = dict(vars(g._get_current_object()))  # noqa: SLF001 - as above
    calls = [_guarded(app, shared, item, hook, ctx, arguments) for item in implementations]
    answers: list[Answer] = []
    outcomes = _lanes.run(calls, PAGE_HOOKS[hook].seconds)
    for item, outcome in zip(implementations, outcomes, strict=True):
        if isinstance(outcome, Done) and isinstance(outcome.value, tuple):
            answers += [Answer(item.module, piece) for piece in outcome.value]
        elif isinstance(outcome, Failed):
            note_fault(ctx.tenant, item.module, hook, str(outcome.error), outcome.error)
        else:
            logger.error("%s.%s is not asked: too many calls of plugins hang", item.module, hook)
    return Answers(
        tuple(sorted(answers, key=lambda answer: answer.value.order)),
        is_whole=all(isinstance(outcome, Done) for outcome in outcomes),
    )


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


def note_fault(
    tenant: Tenant, module: str, hook: str, error: str, cause: BaseException | None = None
) -> None:
    """Log a fault of a module and count it; the fifth within five minutes quarantines it for this tenant."""
    logger.warning(
        "plugin fault: %s.%s for %s: %s", module, hook, tenant.slug, error, exc_info=cause and cause.__cause__
    )
    try:
        if record_fault(runtime().database, tenant.id, module, hook, error):
            logger.error("module %s is quarantined for %s after repeated faults", module, tenant.slug)
    except psycopg.Error as failure:
        logger.error("could not record the fault: %s", describe(failure))


def _guarded(
    app: Flask,
    shared: Mapping[str, object],
    item: Implementation,
    hook: str,
    ctx: HookContext,
    arguments: Mapping[str, object],
) -> Callable[[], object]:
    """Return the call as a lane runs it: its own application context, its own session, its answer checked."""

    def run() -> object:
        with app.app_context():
            vars(g._get_current_object()).update(shared)  # noqa: SLF001 - Flask's documented way
            own = replace(ctx, session=_OwnSession() if hook == "nav_items" else _own_session())
            pieces = checked(hook, item.function(**wanted_arguments(item, own, arguments)))
            return allowed(pieces, ctx.can)

    return run


def _own_session() -> Session:
    session = db.session()
    session.info["read_only"] = True
    return session


class _OwnSession(Session):
    """The call's own session, made when it is first used: a menu is drawn on every page and hardly ever
    asks.
    """

    def __init__(self) -> None:
        """Make nothing yet."""

    def __getattribute__(self, name: str) -> Any:
        return getattr(_own_session(), name)
