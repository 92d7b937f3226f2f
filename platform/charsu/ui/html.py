"""Text that is HTML already, marked as such: the one door past Jinja's escaping."""

from typing import Any

from flask import render_template
from markupsafe import Markup


def as_html(drawn: str) -> Markup:
    """What Jinja drew, or was put together of parts that `charsu.ui.rows.escaped` went over; nothing else."""
    return Markup(drawn)  # noqa: S704 - what this function is for


def render_piece(template: str, **facts: Any) -> Markup:
    """A template drawn as a piece of a page, such as the `html` of a `Fragment`."""
    return as_html(render_template(template, **facts))
