"""Values of found and compared records as people read them, in plain text."""

from typing import Any

from charsu.records.fields import Field, ListField
from charsu.records.fields.choices import join_words
from charsu.text.phones import format_phone


def readable_text(field: Field, value: Any) -> str:
    """The value in the reader's language and digits; a phone number as it is written, not as a link."""
    if isinstance(field, ListField):
        return join_words([readable_text(field.of, item) for item in value or ()])
    if field.kind == "phone":
        # Isolated, so that its groups stand from left to right inside Persian text too.
        return f"\u2066{format_phone(value)}\u2069" if value else ""
    return field.to_text(value)
