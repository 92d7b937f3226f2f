"""Requires what is not there."""

from charsu.plugins import Manifest

manifest = Manifest(
    name="orphan", title="orphan", summary="For tests.", version="0.1.0", path="orphan", requires=("nowhere",)
)
