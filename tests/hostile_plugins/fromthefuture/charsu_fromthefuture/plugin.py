"""Wants a later core."""

from charsu.plugins import Manifest

manifest = Manifest(
    name="fromthefuture",
    title="fromthefuture",
    summary="For tests.",
    version="0.1.0",
    path="fromthefuture",
    requires_core=">=99",
)
