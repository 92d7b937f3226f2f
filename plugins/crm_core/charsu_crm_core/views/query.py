"""What the address of a list page asks for."""

from typing import Any

import marshmallow as ma
from flask import request
from werkzeug.datastructures import MultiDict

from charsu.api import PageArgs
from charsu.api.arguments import InvalidInput, plain, written
from charsu.api.fields import text_input


def list_args(schema: type[PageArgs]) -> dict[str, Any]:
    """The loaded query: empty values are filters left alone, unknown names (a tracker) are ignored.

    Raises `InvalidInput` for what is no value of its filter.
    """
    instance = schema(unknown=ma.EXCLUDE)
    given = MultiDict((name, value) for name, value in request.args.items(multi=True) if value.strip())
    try:
        with text_input():
            return dict(instance.load(plain(given, instance)))
    except ma.ValidationError as error:
        raise InvalidInput(written(error.messages_dict)) from error
