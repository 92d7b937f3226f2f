"""The objects behind Flask's proxies: for threads of our own, for keys, and for what is asked very often.

Each look through a proxy costs as much as a small function. Outside of an application or request they raise
as the proxies do.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, current_app, g, request


def _behind(proxy: Any) -> Any:
    return proxy._get_current_object  # noqa: SLF001 - Flask's own, documented way


this_app: Callable[[], Flask] = _behind(current_app)
this_request: Callable[[], Request] = _behind(request)
#: What `g` stands for.
these_globals: Callable[[], Any] = _behind(g)
