"""Reading a JSON body without trusting it: type, size, encoding, numbers and depth are checked here."""

from typing import Any

import orjson
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from charsu.errors import DomainError
from charsu.text.i18n import _

MAX_DEPTH = 20


class BadBody(DomainError):
    """The body is not JSON as RFC 8259 has it, or is nested too deeply (400)."""

    default_code = "bad_body"


class WrongMediaType(DomainError):
    """The body is of another type than the route takes (415)."""

    status = 415
    default_code = "wrong_media_type"


def read_json(request: Request) -> Any:
    """The JSON body of the request; an empty one is an empty object.

    NaN, Infinity, invalid UTF-8, lone surrogates and more than `MAX_DEPTH` levels raise `BadBody`;
    another content type raises `WrongMediaType`. The size limit has been applied by the application.
    """
    raw = request.get_data(cache=True)
    if request.content_length is None and len(raw) >= (request.max_content_length or len(raw) + 1):
        # werkzeug cuts a chunked body off at the limit without a word.
        raise RequestEntityTooLarge
    if not raw:
        return {}
    if not request.is_json:
        raise WrongMediaType(_("Send the body as application/json."))
    try:
        value = orjson.loads(raw)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise BadBody(_("The body is not valid JSON.")) from error
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise BadBody(_("The JSON is nested too deeply."))
    return value


def _is_deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _level in range(limit + 1):
        level = [item for held in level for item in _children(held)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [item for item in value.values() if isinstance(item, (dict, list))]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, (dict, list))]
    return []
