"""What the address of a page asks for."""

from typing import Any

import marshmallow as ma
from flask import request
from werkzeug.datastructures import MultiDict

from charsu.api import Schema
from charsu.api.arguments import plain, written
from charsu.api.fields import text_input
from charsu.web.forms import Errors


def read_query(schema: type[Schema]) -> tuple[dict[str, Any], Errors]:
    """The loaded query, and the errors by field; one of the two is empty.

    Empty values are left out, unknown names (a tracker) are ignored.
    """
    instance = schema(unknown=ma.EXCLUDE)
    given = MultiDict((name, value) for name, value in request.args.items(multi=True) if value.strip())
    try:
        with text_input():
            return dict(instance.load(plain(given, instance))), {}
    except ma.ValidationError as error:
        messages: Errors = written(error.messages_dict)
        return {}, messages
