"""Takes the path of bazaar."""

from charsu.plugins import Manifest

manifest = Manifest(name="thief", title="thief", summary="For tests.", version="0.1.0", path="bazaar")
