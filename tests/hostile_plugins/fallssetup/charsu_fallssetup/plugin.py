"""Raises in a set-up hook."""

from charsu.plugins import Manifest, hookimpl

manifest = Manifest(
    name="fallssetup", title="fallssetup", summary="For tests.", version="0.1.0", path="fallssetup"
)


@hookimpl
def jobs():
    raise SystemExit(3)
