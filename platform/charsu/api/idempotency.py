"""`Idempotency-Key`: a write sent again under the same key has happened once and is answered alike.

The key's row is written in the transaction of the effect: either both are there or neither. A second request
that comes while the first still runs waits for it at the row (up to the role's `lock_timeout`, then 409).
Rows are kept for two days (`charsu.jobs.upkeep`).
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from flask import Request, Response, current_app, g
from sqlalchemy import text
from sqlalchemy.orm import Session

from charsu.errors import DomainError, RuleViolated
from charsu.text.i18n import _

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("Content-Type", "Location")

_CLAIM = text(
    "INSERT INTO core_idempotency (principal, key, request_hash, status, body)"
    " VALUES (:principal, :key, :request_hash, 0, '') ON CONFLICT DO NOTHING RETURNING 1"
)
_FIND = text(
    "SELECT request_hash, status, headers, body FROM core_idempotency"
    " WHERE principal = :principal AND key = :key"
)
_KEEP = text(
    "UPDATE core_idempotency SET status = :status, headers = CAST(:headers AS jsonb), body = :body"
    " WHERE principal = :principal AND key = :key"
)


class BadIdempotencyKey(DomainError):
    """The key is empty, too long or holds spaces (400)."""

    default_code = "bad_idempotency_key"


def is_wanted(request: Request) -> bool:
    """Whether this is a write of the API that brings a key."""
    return HEADER in request.headers and request.method in METHODS and request.path.startswith("/api/")


def answer_once(session: Session, request: Request, principal: str, run: Callable[[], Response]) -> Response:
    """Run the write, or send the stored answer of the first one with this key.

    Only successes are kept: an error rolls the row back, so the same key may try again. Raises `RuleViolated`
    when the key was used for another request.
    """
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise BadIdempotencyKey(_("The idempotency key must be 1 to 255 visible ASCII characters."))
    name = {"principal": principal, "key": key}
    request_hash = _hash(request)
    if session.execute(_CLAIM, {**name, "request_hash": request_hash}).first() is None:
        return _replay(session.execute(_FIND, name).one(), request_hash)
    response = run()
    if response.status_code < 400:
        headers = {header: value for header in _KEPT_HEADERS if (value := response.headers.get(header))}
        kept = {"status": response.status_code, "headers": orjson.dumps(headers).decode()}
        session.execute(_KEEP, {**name, **kept, "body": _keepable(response)})
    return response


def keep_back(*fields: str) -> None:
    """Leave these fields of the answer out of what is stored: secrets are shown once, not to a replay."""
    g.kept_back = fields


def _keepable(response: Response) -> bytes:
    secret_fields = g.get("kept_back", ())
    if not secret_fields:
        return response.get_data()
    body = orjson.loads(response.get_data())
    return orjson.dumps({name: value for name, value in body.items() if name not in secret_fields})


def _replay(row: Any, request_hash: bytes) -> Response:
    if bytes(row.request_hash) != request_hash:
        raise RuleViolated(
            _("This idempotency key was used for another request."), code="idempotency_key_reused"
        )
    response = current_app.response_class(bytes(row.body), row.status, headers=row.headers)
    response.headers[REPLAYED] = "true"
    return response


def _hash(request: Request) -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode("utf-8", "surrogatepass"))
    digest.update(request.get_data(cache=True))
    return digest.digest()
