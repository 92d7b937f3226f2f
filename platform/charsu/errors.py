"""The errors services raise: each is one HTTP status, one stable code and one message for the person."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal the person can understand and act on.

    `message` is translated text for the person and says what to do; `field` names the input it belongs to;
    `code` is stable and for programs. Raised inside a unit of work it rolls the whole of it back.
    """

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "invalid"

    def __init__(self, message: str = "", *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.field = field
        self.code = code or self.default_code


class NotFound(DomainError):
    """There is no such thing here: unknown, deleted, malformed and foreign ids all answer alike (404)."""

    status = 404
    default_code = "not_found"


class PermissionDenied(DomainError):
    """The person is known, and may not do this (403)."""

    status = 403
    default_code = "permission_denied"


class Conflict(DomainError):
    """What is there already stands against it: a duplicate, a dependent, a newer version (409)."""

    status = 409
    default_code = "conflict"


class RuleViolated(DomainError):
    """Well-formed input that breaks a rule of the business (422)."""

    status = 422
    default_code = "rule_violated"


class PaymentRequired(DomainError):
    """The module is read-only until it is paid for (402)."""

    status = 402
    default_code = "payment_required"


class TooManyRequests(DomainError):
    """Come back in `retry_after` seconds (429)."""

    status = 429
    default_code = "too_many_requests"

    def __init__(
        self, message: str = "", *, field: str | None = None, code: str | None = None, retry_after: int = 60
    ) -> None:
        super().__init__(message, field=field, code=code)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """This piece is out of service for a moment: its tables are being migrated (503)."""

    status = 503
    default_code = "unavailable"

    def __init__(
        self, message: str = "", *, field: str | None = None, code: str | None = None, retry_after: int = 30
    ) -> None:
        super().__init__(message, field=field, code=code)
        self.retry_after = retry_after
