"""The kinds of fields a record can have."""

from charsu.records.fields.base import Field
from charsu.records.fields.choices import ChoiceField, ListField, MultiChoiceField, TagsField
from charsu.records.fields.contact import AddressesField, EmailField, NationalIdField, PhoneField, UrlField
from charsu.records.fields.dates import DateField, InstantField
from charsu.records.fields.links import Among, LinkField, MemberField
from charsu.records.fields.plain import FlagField, LongTextField, MoneyField, NumberField, TextField
from charsu.records.fields.recurrence import RecurrenceField

__all__ = [
    "AddressesField",
    "Among",
    "ChoiceField",
    "DateField",
    "EmailField",
    "Field",
    "FlagField",
    "InstantField",
    "LinkField",
    "ListField",
    "LongTextField",
    "MemberField",
    "MoneyField",
    "MultiChoiceField",
    "NationalIdField",
    "NumberField",
    "PhoneField",
    "RecurrenceField",
    "TagsField",
    "TextField",
    "UrlField",
]
