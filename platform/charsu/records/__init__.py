"""The record kit: declare a noun once, get its pages, API, import, search, audit and the rest."""

from charsu.records.access import RecordAccess, full_access
from charsu.records.events import RecordEvents
from charsu.records.fields import (
    AddressesField,
    ChoiceField,
    DateField,
    EmailField,
    Field,
    FlagField,
    InstantField,
    LinkField,
    ListField,
    LongTextField,
    MemberField,
    MoneyField,
    MultiChoiceField,
    NationalIdField,
    NumberField,
    PhoneField,
    TagsField,
    TextField,
    UrlField,
)
from charsu.records.model import Record
from charsu.records.record_type import RecordType
from charsu.records.service import RecordService, service_of
from charsu.records.specs import Board, CalendarSpec, Column, DueSpec, Duplicates, Related, Section

__all__ = [
    "AddressesField",
    "Board",
    "CalendarSpec",
    "ChoiceField",
    "Column",
    "DateField",
    "DueSpec",
    "Duplicates",
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
    "Record",
    "RecordAccess",
    "RecordEvents",
    "RecordService",
    "RecordType",
    "Related",
    "Section",
    "TagsField",
    "TextField",
    "UrlField",
    "full_access",
    "service_of",
]
