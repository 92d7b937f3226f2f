"""Custom fields in the OpenAPI document of a tenant."""

from __future__ import annotations

import marshmallow as ma

from charsu.db import db
from charsu.records.custom import fields_of
from charsu.records.registry import usable_types
from charsu.records.schemas import custom_schema
from charsu_tenants.context import current_tenant


def custom_schemas() -> dict[str, type[ma.Schema]]:
    """The schema of `custom` of each type that has fields of the tenant's own, by its name there."""
    session = db.session()
    found = {}
    for record_type in usable_types(current_tenant()):
        own = [item for item in fields_of(session, record_type) if item.is_custom]
        if own:
            schema = custom_schema(record_type, own)
            found[schema.__name__.removesuffix("Schema")] = schema
    return found
