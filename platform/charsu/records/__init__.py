"""The record kit: declare a noun once, get its pages, API, import, search, audit and the rest."""

from charsu.records.access import RecordAccess, full_access
from charsu.records.events import RecordEvents
from charsu.records.model import Record
from charsu.records.record_type import RecordType
from charsu.records.service import RecordService, service_of
from charsu.records.specs import Board, CalendarSpec, Column, DueSpec, Duplicates, Related, Section

__all__ = [
    "Board",
    "CalendarSpec",
    "Column",
    "DueSpec",
    "Duplicates",
    "Record",
    "RecordAccess",
    "RecordEvents",
    "RecordService",
    "RecordType",
    "Related",
    "Section",
    "full_access",
    "service_of",
]
