"""Gives strings for permissions."""

from charsu.plugins import Manifest, hookimpl

manifest = Manifest(name="badsetup", title="badsetup", summary="For tests.", version="0.1.0", path="badsetup")


@hookimpl
def permissions():
    return ["badsetup.thing.read"]
