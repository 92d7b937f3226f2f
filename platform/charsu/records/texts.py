"""Values of found and compared records as people read them, in plain text."""

from typing import Any

from charsu.records.fields import Field, ListField
from charsu.records.fields.choices import join_words
from charsu.text.phones import format_phone

#: Around a phone number, so that its groups stand from left to right inside Persian text too.
_ISOLATES = ("\u2066", "\u2069")


def readable_text(field: Field, value: Any) -> str:
    """The value in the reader's language and digits; a phone number as it is written, not as a link."""
    if isinstance(field, ListField):
        return join_words([readable_text(field.of, item) for item in value or ()])
    if field.kind == "phone":
        return format_phone(value).join(_ISOLATES) if value else ""
    return field.to_text(value)


def without_isolates(text: str) -> str:
    """A readable text for a table of a file, where marks of direction would only be found when searching."""
    return "".join(sign for sign in text if sign not in _ISOLATES)
