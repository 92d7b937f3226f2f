"""The base of the REST API: blueprints, schemas, problems, paging and idempotency."""

from charsu.api.blueprint import ApiBlueprint
from charsu.api.paging import KeysetList, PageArgs
from charsu.api.schemas import Schema

__all__ = ["ApiBlueprint", "KeysetList", "PageArgs", "Schema"]
