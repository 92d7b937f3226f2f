"""Which modules the page or job at hand had to do without, so that it can say so."""

from collections.abc import Iterable

from flask import has_app_context

from charsu.process import runtime
from charsu.proxies import these_globals

_NAME = "charsu_left_out"


def leave_out(module: str) -> bool:
    """Note that a piece of this module is missing; False where that is noted already."""
    if not has_app_context():
        return True
    noted: dict[str, None] = vars(these_globals()).setdefault(_NAME, {})
    is_first = module not in noted
    noted[module] = None
    return is_first


def left_out() -> tuple[str, ...]:
    """The modules a piece of which is missing, in the order they failed."""
    return tuple(vars(these_globals()).get(_NAME, ())) if has_app_context() else ()


def titles_of(modules: Iterable[str]) -> list[str]:
    """What people call these modules."""
    plugins = runtime().plugins
    return [str(plugins.module(name).manifest.title) for name in modules]


def left_out_titles() -> list[str]:
    """The titles of what is missing, for templates."""
    return titles_of(left_out())
