"""The one clock: every instant Charsu stores or compares comes from here."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware and in UTC; pages turn it into the tenant's zone."""
    return datetime.now(UTC)
