"""Fields of phone numbers, e-mail and web addresses, national ids and postal addresses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from charsu.api import fields as api
from charsu.api.schemas import Schema
from charsu.records.fields.base import Field, Value
from charsu.records.fields.loading import Parsed
from charsu.text.folding import fold
from charsu.text.i18n import _, lazy
from charsu.text.national_id import normalise_company_id, normalise_national_id
from charsu.text.phones import format_phone

_URL = re.compile(r"https?://[^\s/?#@:]+(?::[0-9]{1,5})?(?:[/?#][^\s]*)?", re.IGNORECASE)


def phone_words(phone: str) -> list[str]:
    """`+989121234567` as `989121234567` and `09121234567`: what people type, without the plus sign."""
    digits = phone.removeprefix("+")
    return [digits, "0" + digits.removeprefix("98")] if digits.startswith("98") else [digits]


def parse_url(text: str) -> str:
    """An address on the web with its scheme, `https` where none is written. Raises ValueError."""
    url = text.strip()
    if "://" not in url:
        url = f"https://{url}"
    if len(url) > 2000 or not _URL.fullmatch(url) or "." not in url:
        raise ValueError(_("This is not a web address."))
    return url


def parse_any_national_id(text: str) -> str:
    """The ten digits of a person's national id or the eleven of a company's. Raises ValueError."""
    digits = fold(text).replace("-", "").replace(" ", "")
    return normalise_company_id(digits) if len(digits) == 11 else normalise_national_id(digits)


@dataclass(frozen=True, kw_only=True)
class PhoneField(Field):
    """A phone number, stored as E.164; numbers without a country are Iranian."""

    kind: ClassVar[str] = "phone"
    operators: ClassVar[tuple[str, ...]] = ("contains", "is", "empty", "filled")
    widget: ClassVar[str] = "phone"
    cell: ClassVar[str] = "phone"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Any spelling."""
        return api.PhoneField(required=is_required, allow_none=not self.is_required)

    def cell_text(self, value: object) -> Any:
        """A number that lost its leading zero to a spreadsheet gets it back."""
        text = super().cell_text(value)
        return f"0{text}" if re.fullmatch(r"9\d{9}", str(text)) else text

    def to_input(self, value: Value) -> str:
        """As people write it: the prefix of the country stands before foreign numbers only."""
        return format_phone(value) if value else ""

    def search_words(self, value: Value) -> list[str]:
        """Both ways of writing it."""
        return phone_words(value) if value else []


@dataclass(frozen=True, kw_only=True)
class EmailField(Field):
    """An e-mail address, lower case."""

    kind: ClassVar[str] = "email"
    operators: ClassVar[tuple[str, ...]] = ("contains", "is", "empty", "filled")
    widget: ClassVar[str] = "email"
    cell: ClassVar[str] = "email"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """An address."""
        return api.EmailField(required=is_required, allow_none=not self.is_required)


@dataclass(frozen=True, kw_only=True)
class UrlField(Field):
    """An address on the web; only http and https."""

    kind: ClassVar[str] = "url"
    operators: ClassVar[tuple[str, ...]] = ("contains", "empty", "filled")
    widget: ClassVar[str] = "url"
    cell: ClassVar[str] = "url"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """With or without its scheme."""
        return Parsed(parse_url, required=is_required, allow_none=not self.is_required)


@dataclass(frozen=True, kw_only=True)
class NationalIdField(Field):
    """The national id of a person (10 digits) or a company (11), checked by its check digit."""

    kind: ClassVar[str] = "national_id"
    operators: ClassVar[tuple[str, ...]] = ("is", "starts", "empty", "filled")
    cell: ClassVar[str] = "digits"
    widget: ClassVar[str] = "digits"

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """Digits; leading zeros that a spreadsheet dropped come back."""
        return Parsed(
            parse_any_national_id, max_length=40, required=is_required, allow_none=not self.is_required
        )


class _TypedAddress(Schema):
    label = api.Text(max_length=60)
    province = api.Text(max_length=60)
    city = api.Text(max_length=60)
    street = api.Text(max_length=400, multiline=True)
    postal_code = api.Text(max_length=20)


class _Address(_TypedAddress):
    @ma.validates_schema
    def check_filled(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """An empty address says nothing; a form has an empty row for a further one, a program has not."""
        if not any(data.values()):
            raise ma.ValidationError(str(_("Please fill this in.")), "street")


@dataclass(frozen=True, kw_only=True)
class AddressesField(Field):
    """Postal addresses: label, province, city, street and postal code each. A `jsonb` list; none is `[]`."""

    kind: ClassVar[str] = "addresses"
    operators: ClassVar[tuple[str, ...]] = ("contains", "empty", "filled")
    is_sortable: ClassVar[bool] = False
    sql_type: ClassVar[TypeEngine[Any]] = JSONB()
    widget: ClassVar[str] = "addresses"
    cell: ClassVar[str] = "addresses"

    PARTS: ClassVar[tuple[str, ...]] = ("label", "province", "city", "street", "postal_code")

    @property
    def empty(self) -> Value:
        """As its column has it."""
        return []

    def json_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """A list of objects, each with something in it."""
        return self._list_of(_Address, is_required)

    def form_field(self, *, is_required: bool = False) -> ma.fields.Field[Any]:
        """The same; rows left empty fall away."""
        return self._list_of(_TypedAddress, is_required)

    def _list_of(self, schema: type[Schema], is_required: bool) -> ma.fields.Field[Any]:
        return ma.fields.List(
            ma.fields.Nested(schema),
            required=is_required,
            validate=ma.validate.Length(max=10, error=lazy("These are too many.")),
        )

    def parse_cell(self, value: object) -> Value:
        """One cell is one street address."""
        text = " ".join(str(value or "").split())
        return self.checked([{"street": text[:400]}] if text else [])

    def checked(self, value: Value) -> Value:
        """Without empty parts and empty addresses."""
        kept = [{part: text for part, text in item.items() if text} for item in value or ()]
        return super().checked([item for item in kept if item])

    def to_text(self, value: Value) -> str:
        """Each on a line, its parts with commas between them."""
        return "\n".join(
            "، ".join(item[part] for part in self.PARTS[1:] if item.get(part)) for item in value or ()
        )

    def search_words(self, value: Value) -> list[str]:
        """City and street."""
        return [item[part] for item in value or () for part in ("city", "street") if item.get(part)]
