"""The base of every schema: unknown names are refused, messages come in the person's language."""

from typing import Any

import marshmallow as ma

from charsu.text.i18n import lazy

#: marshmallow's own messages, as people should read them; a field that brings its own keeps it.
MESSAGES: dict[str, Any] = {
    "Missing data for required field.": lazy("Please fill this in."),
    "Field may not be null.": lazy("This may not be empty."),
    "Invalid value.": lazy("This value is not valid."),
    "Invalid type.": lazy("This value has the wrong type."),
    "Invalid input type.": lazy("This value has the wrong type."),
    "Not a valid list.": lazy("This must be a list."),
    "Not a valid string.": lazy("This must be text."),
    "Not a valid integer.": lazy("This must be a whole number."),
    "Not a valid number.": lazy("This must be a number."),
    "Number too large.": lazy("This number is too large."),
    "Not a valid boolean.": lazy("This must be yes or no."),
    "Not a valid UUID.": lazy("This is not a valid id."),
    "Not a valid mapping type.": lazy("This must be an object."),
}


class Schema(ma.Schema):
    """A shape of input or output; names it does not know are an error, so no slip is lost in silence."""

    class Meta:
        """Defaults of every schema of Charsu."""

        unknown = ma.RAISE

    error_messages = {  # noqa: RUF012 - marshmallow merges it along the classes
        "unknown": lazy("This name is not known here."),
        "type": lazy("This must be an object."),
    }

    def on_bind_field(self, field_name: str, field_obj: ma.fields.Field[Any]) -> None:
        """Give marshmallow's own fields and validators our words."""
        super().on_bind_field(field_name, field_obj)
        translate_messages(field_obj)


def translate_messages(field: ma.fields.Field[Any]) -> None:
    """Replace marshmallow's English by lazy translations, in the field, its validators and what it holds."""
    field.error_messages = {key: _translated(text) for key, text in field.error_messages.items()}
    for validator in field.validators:
        if isinstance(validator, (ma.validate.Length, ma.validate.Range)) and validator.error is None:
            validator.error = _limits(validator)
        elif (
            isinstance(validator, ma.validate.OneOf) and validator.error == ma.validate.OneOf.default_message
        ):
            validator.error = lazy("Choose one of these: {choices}.")
    if isinstance(field, ma.fields.List):
        translate_messages(field.inner)


def _translated(text: Any) -> Any:
    return MESSAGES.get(text, text) if type(text) is str else text


def _limits(validator: ma.validate.Length | ma.validate.Range) -> Any:
    kind = "length" if isinstance(validator, ma.validate.Length) else "value"
    given = "both" if validator.min is not None and validator.max is not None else "one"
    if kind == "length" and getattr(validator, "equal", None) is not None:
        return lazy("The length must be {equal}.")
    if given == "both":
        return (
            lazy("The length must be {min} to {max}.")
            if kind == "length"
            else lazy("This must be {min} to {max}.")
        )
    if validator.min is not None:
        return (
            lazy("The length must be at least {min}.")
            if kind == "length"
            else lazy("This must be at least {min}.")
        )
    return (
        lazy("The length must be at most {max}.") if kind == "length" else lazy("This must be at most {max}.")
    )
