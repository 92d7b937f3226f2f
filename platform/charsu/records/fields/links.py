"""Fields that point at another record or at a member of the business."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy import ColumnElement
from sqlalchemy.types import TypeEngine, Uuid
from typing_extensions import override

from charsu.api import fields as api
from charsu.records.fields.base import Field, Value


@dataclass(frozen=True, kw_only=True)
class Among:
    """Which records a link may lead to, where another link of the same record decides it.

    Its picker offers those alone; that nothing else is written is for the service's `check`.
    """

    #: The deciding field.
    by: str
    #: The criterion for the target's model, given the id in that field.
    holds: Callable[[uuid.UUID], ColumnElement[bool]]


@dataclass(frozen=True, kw_only=True)
class LinkField(Field):
    """The id of a record of another type; the service checks that it is there and the writer may see it.

    A list shows its title, which comes by one query for all rows. `to` is the key of the type.
    """

    kind: ClassVar[str] = "link"
    operators: ClassVar[tuple[str, ...]] = ("is", "is_not", "empty", "filled")
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = Uuid()
    widget: ClassVar[str] = "link"
    cell: ClassVar[str] = "link"

    to: str
    #: Deleting the other record puts this one into the bin too, and restoring brings it back.
    goes_along: bool = False
    among: Among | None = None

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """An id."""
        return api.Uuid(required=is_required, allow_none=not self.is_required)

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """An id; the picker sends an empty text for none."""
        return _EmptyIsNone(required=is_required, allow_none=not self.is_required)

    @override
    def search_words(self, value: Value) -> list[str]:
        """An id is nothing one types."""
        return []


@dataclass(frozen=True, kw_only=True)
class MemberField(LinkField):
    """A member of the business, such as the owner of a record; filters know "me" and "my teams"."""

    kind: ClassVar[str] = "member"
    operators: ClassVar[tuple[str, ...]] = ("is", "is_not", "me", "my_teams", "empty", "filled")
    widget: ClassVar[str] = "member"
    cell: ClassVar[str] = "member"

    to: str = "core.member"


class _EmptyIsNone(api.Uuid):
    """An id, or nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value == "" and self.allow_none:
            return None
        return super()._deserialize(value, attr, data, **kwargs)
