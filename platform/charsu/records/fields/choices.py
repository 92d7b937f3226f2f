"""Fields whose values come from a short list, and tags."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text as SqlText
from sqlalchemy.types import TypeEngine
from typing_extensions import override

from charsu.api import fields as api
from charsu.plugins.manifest import Text
from charsu.records.fields.base import Field, Value
from charsu.records.fields.loading import OneOf, Separated
from charsu.text.folding import fold_compact
from charsu.text.i18n import lazy
from charsu.text.preferences import current_preferences

_SEPARATORS = ",،;؛\n"
_MOST = 50


def split_words(text: str) -> list[str]:
    """The parts of a text between commas, semicolons and line ends of either script."""
    for mark in _SEPARATORS[1:]:
        text = text.replace(mark, _SEPARATORS[0])
    return [part.strip() for part in text.split(_SEPARATORS[0]) if part.strip()]


def join_words(words: list[str]) -> str:
    """The words as one line, with the comma of the reader's script."""
    return ("، " if current_preferences().locale == "fa" else ", ").join(words)


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """One of `options`: stored word -> what people read, in the order they are offered."""

    kind: ClassVar[str] = "choice"
    operators: ClassVar[tuple[str, ...]] = ("is", "is_not", "empty", "filled")
    widget: ClassVar[str] = "choice"
    cell: ClassVar[str] = "choice"

    options: Mapping[str, Text] = field(default_factory=dict)
    #: Stored word -> colour of its badge: `brand`, `good`, `warn`, `bad` or nothing.
    tones: Mapping[str, str] = field(default_factory=dict)

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """The stored word."""
        return OneOf(
            lambda text: text if text in self.options else None,
            required=is_required,
            allow_none=not self.is_required,
            metadata={"type": "string", "enum": list(self.options)},
        )

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """The stored word, or what people read for it."""
        return OneOf(self.find, required=is_required, allow_none=not self.is_required)

    def find(self, text: str) -> str | None:
        """The stored word of a text that is it, or its title in the reader's language; else None."""
        if text in self.options:
            return text
        wanted = fold_compact(text)
        return next(
            (word for word, title in self.options.items() if fold_compact(str(title)) == wanted), None
        )

    def to_text(self, value: Value) -> str:
        """What people read; a word that is not offered any more stands for itself."""
        return "" if value is None else str(self.options.get(value, value))

    @override
    def search_words(self, value: Value) -> list[str]:
        """Choices are filtered, not searched."""
        return []


@dataclass(frozen=True, kw_only=True)
class MultiChoiceField(ChoiceField):
    """Any of `options`, each at most once, in the order they are offered. A `text[]` column; none is `{}`."""

    kind: ClassVar[str] = "multi_choice"
    operators: ClassVar[tuple[str, ...]] = ("has_any", "has_all", "empty", "filled")
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = JSONB()
    widget: ClassVar[str] = "multi_choice"
    cell: ClassVar[str] = "choices"

    @property
    def empty(self) -> Value:
        """As its column has it."""
        return []

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A list of stored words."""
        return ma.fields.List(
            OneOf(lambda text: text if text in self.options else None), required=is_required
        )

    @override
    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Ticked boxes, or one text with commas between the titles."""
        return Separated(OneOf(self.find), split=split_words, most=_MOST)

    def checked(self, value: Value) -> Value:
        """In the order of the options."""
        chosen = set(value or ())
        return super().checked([word for word in self.options if word in chosen])

    def parse_cell(self, value: object) -> Value:
        """Titles with commas between them; an empty cell is an empty list."""
        return super().parse_cell(value) or []

    def to_text(self, value: Value) -> str:
        """The titles, with commas between them."""
        return join_words([str(self.options.get(word, word)) for word in value or ()])

    def expression(self, model: Any) -> ColumnElement[Any]:
        """The list: `text[]`, or JSON of a custom field."""
        return super().expression(model)


@dataclass(frozen=True, kw_only=True)
class TagsField(Field):
    """Free words, each at most once by its fold. A `text[]` column; none is `{}`."""

    kind: ClassVar[str] = "tags"
    operators: ClassVar[tuple[str, ...]] = ("has_any", "has_all", "empty", "filled")
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = ARRAY(SqlText())
    widget: ClassVar[str] = "tags"
    cell: ClassVar[str] = "tags"

    max_length: int = 40
    most: int = 20
    #: A `text[]` column with the folds (`charsu.text.folding.fold`) of the words in their order, where the
    #: module keeps one: filters look there, and its index makes them quick.
    keys_column: str = ""

    @property
    def empty(self) -> Value:
        """As its column has it."""
        return []

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A list of words."""
        return ma.fields.List(
            api.Text(max_length=self.max_length),
            required=is_required,
            validate=ma.validate.Length(max=self.most, error=lazy("These are too many.")),
        )

    @override
    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """One text with commas between the words."""
        return Separated(api.Text(max_length=self.max_length), split=split_words, most=self.most)

    def checked(self, value: Value) -> Value:
        """Spaces single; of words that fold alike the first one stays."""
        kept: dict[str, str] = {}
        for word in (" ".join(str(word).split()) for word in value or ()):
            if key := fold_compact(word):
                kept.setdefault(key, word)
        return super().checked(list(kept.values()))

    def parse_cell(self, value: object) -> Value:
        """Words with commas between them; an empty cell is an empty list."""
        return super().parse_cell(value) or []

    def to_text(self, value: Value) -> str:
        """The words, with commas between them."""
        return join_words(list(value or ()))

    def to_input(self, value: Value) -> Any:
        """As `to_text`."""
        return self.to_text(value)

    def search_words(self, value: Value) -> list[str]:
        """Each word."""
        return list(value or ())


@dataclass(frozen=True, kw_only=True)
class ListField(Field):
    """Several values of another kind, such as further phone numbers. An array column; none is `{}`."""

    kind: ClassVar[str] = "list"
    operators: ClassVar[tuple[str, ...]] = ("has_any", "empty", "filled")
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = ARRAY(SqlText())
    widget: ClassVar[str] = "list"
    cell: ClassVar[str] = "list"

    #: What each of them is; its name and title do not matter.
    of: Field
    most: int = 10

    @property
    def empty(self) -> Value:
        """As its column has it."""
        return []

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A list."""
        return ma.fields.List(
            self.of.json_field(),
            required=is_required,
            validate=ma.validate.Length(max=self.most, error=lazy("These are too many.")),
        )

    @override
    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Several inputs of one name, or one text with commas between the values."""
        return Separated(self.of.form_field(), split=split_words, most=self.most)

    def checked(self, value: Value) -> Value:
        """Each by the rule of its kind, without repetition or gaps."""
        kept = [self.of.checked(item) for item in value or () if item is not None]
        return super().checked([item for at, item in enumerate(kept) if item not in kept[:at]])

    def parse_cell(self, value: object) -> Value:
        """Values with commas between them; an empty cell is an empty list."""
        return super().parse_cell(value) or []

    def to_text(self, value: Value) -> str:
        """The values, with commas between them."""
        return join_words([self.of.to_text(item) for item in value or ()])

    def search_words(self, value: Value) -> list[str]:
        """What each of them is found by."""
        return [word for item in value or () for word in self.of.search_words(item)]
