"""The servers Charsu brings along, for machines that have none."""

from charsu.server.postgres import EmbeddedPostgres
from charsu.server.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey"]
