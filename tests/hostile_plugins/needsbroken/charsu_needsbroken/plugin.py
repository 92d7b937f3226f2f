"""Requires fallssetup."""

from charsu.plugins import Manifest

manifest = Manifest(
    name="needsbroken",
    title="needsbroken",
    summary="For tests.",
    version="0.1.0",
    path="needsbroken",
    requires=("fallssetup",),
)
