"""Every piece pages are made of, on one page: for authors of plugins, on a laptop only."""

from flask import Blueprint, Response

from charsu import clock
from charsu.errors import NotFound
from charsu.process import runtime
from charsu.web.access import public
from charsu.web.rendering import render

patterns = Blueprint("patterns", __name__)


@patterns.get("/dev/patterns")
@public
def show_patterns() -> Response:
    """The pieces with their names; not found where other people could see it."""
    if not runtime().settings.is_local:
        raise NotFound
    return render("pages/patterns.html", now=clock.now())
