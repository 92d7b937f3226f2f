"""Light, dark, or as the device has it: kept in a cookie, so that the server paints the first frame right."""

from typing import Literal

from flask import request

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
THEME_COOKIE = "charsu_theme"


def current_theme() -> Theme:
    """The theme this browser chose; `auto` leaves it to the style sheet's `light-dark()`."""
    chosen = request.cookies.get(THEME_COOKIE)
    return next((theme for theme in THEMES if theme == chosen), "auto")
