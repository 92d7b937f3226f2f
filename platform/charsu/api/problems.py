"""Errors of the API as RFC 9457 has them."""

from collections.abc import Mapping
from typing import Any, Protocol

import marshmallow as ma
import orjson
from flask import Response, current_app

MEDIA_TYPE = "application/problem+json"


class Told(Protocol):
    """What a problem is made of."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def title(self) -> str:
        """The status in words."""

    @property
    def code(self) -> str:
        """Stable code for programs."""

    @property
    def message(self) -> str:
        """What to tell the person."""

    @property
    def errors(self) -> Mapping[str, Any] | None:
        """Messages by field."""


class ProblemSchema(ma.Schema):
    """The body of every answer from 400 on, sent as `application/problem+json`."""

    type = ma.fields.String(required=True, metadata={"description": "URN of the kind of problem"})
    title = ma.fields.String(required=True, metadata={"description": "The status in words"})
    status = ma.fields.Integer(required=True, metadata={"description": "HTTP status"})
    detail = ma.fields.String(required=True, metadata={"description": "What went wrong, for the person"})
    code = ma.fields.String(required=True, metadata={"description": "What went wrong, for the program"})
    errors = ma.fields.Dict(metadata={"description": "A list of messages by field"})
    request_id = ma.fields.String(required=True, metadata={"description": "Name it when you ask for help"})


def problem(fault: Told, request_id: str) -> Response:
    """The response for a fault."""
    body: dict[str, Any] = {
        "type": f"urn:charsu:problem:{fault.code}",
        "title": fault.title,
        "status": fault.status,
        "detail": fault.message,
        "code": fault.code,
        "request_id": request_id,
    }
    if fault.errors:
        body["errors"] = fault.errors
    return current_app.response_class(orjson.dumps(body, default=str), fault.status, mimetype=MEDIA_TYPE)
