"""Hooks that do whatever a test puts into `behaviour`."""

from collections.abc import Callable

from charsu.plugins import HookContext, Manifest, hookimpl

manifest = Manifest(name="mischief", title="Mischief", summary="For tests.", version="0.1.0", path="mischief")

behaviour: dict[str, Callable[[HookContext], object]] = {}


def act(hook: str, ctx: HookContext) -> object:
    return behaviour[hook](ctx) if hook in behaviour else []


@hookimpl
def nav_items(ctx: HookContext) -> object:
    return act("nav_items", ctx)


@hookimpl
def fragments(ctx: HookContext) -> object:
    return act("fragments", ctx)


@hookimpl
def checklist_steps(ctx: HookContext) -> object:
    return act("checklist_steps", ctx)


@hookimpl
def on_enable(ctx: HookContext) -> object:
    return act("on_enable", ctx)


@hookimpl
def add_sample(ctx: HookContext) -> object:
    return act("add_sample", ctx)


@hookimpl
def remove_sample(ctx: HookContext) -> object:
    return act("remove_sample", ctx)
