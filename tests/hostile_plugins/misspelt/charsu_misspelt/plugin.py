"""Implements nav_item."""

from charsu.plugins import Manifest, hookimpl

manifest = Manifest(name="misspelt", title="misspelt", summary="For tests.", version="0.1.0", path="misspelt")


@hookimpl
def nav_item(ctx):
    return []
