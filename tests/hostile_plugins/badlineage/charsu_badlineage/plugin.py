"""Two heads."""

from charsu.plugins import Manifest

manifest = Manifest(
    name="badlineage", title="badlineage", summary="For tests.", version="0.1.0", path="badlineage"
)
