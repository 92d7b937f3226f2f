"""Posted forms, validated by the same schemas as API bodies."""

from typing import Any

import marshmallow as ma
from flask import request

from charsu.api.arguments import InvalidInput, load
from charsu.errors import DomainError

#: Errors that belong to no field stand under this name.
WHOLE_FORM = "_form"
Errors = dict[str, list[str]]


def parse_form(schema: type[ma.Schema] | ma.Schema) -> tuple[dict[str, Any], Errors]:
    """The posted values as the schema types them, and the errors by field; one of the two is empty.

    Show the errors with `charsu.web.rendering.render_form`, which answers 422 and keeps what was typed.
    """
    instance = schema() if isinstance(schema, type) else schema
    try:
        return dict(load(instance, request, "form")), {}
    except InvalidInput as refusal:
        return {}, errors_of(refusal)


def errors_of(error: DomainError) -> Errors:
    """A service's refusal as form errors, at its field, at each of several, or at the whole form."""
    if isinstance(error, InvalidInput):
        return {name: flat_messages(value) for name, value in error.errors.items()}
    return {error.field or WHOLE_FORM: [error.message]}


def flat_messages(value: Any) -> list[str]:
    """All messages of a field, also those of the parts of its value."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in flat_messages(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in flat_messages(inner)]
    return [str(value)]
