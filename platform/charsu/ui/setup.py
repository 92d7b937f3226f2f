"""Puts the drawing tools of templates into a Flask app."""

from flask import Flask

from charsu.plugins.left_out import left_out_titles
from charsu.ui import assets, icons, shell, theme


def init_ui(app: Flask) -> None:
    """Register the globals icon, theme, shell and their like; routes come with `charsu.pages`."""
    app.jinja_env.globals.update(
        asset=assets.asset_url,
        icon=icons.icon,
        theme=theme.current_theme,
        shell=shell.current_shell,
        frame=shell.current_frame,
        out_of_service=left_out_titles,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
