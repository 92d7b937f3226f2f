"""Visits: a whole module on the record kit."""

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from charsu.plugins import Manifest, hookimpl
from charsu.records import Board, ChoiceField, DateField, PhoneField, Record, RecordType, TextField

manifest = Manifest(name="visits", title="Visits", summary="Who comes by.", version="0.1.0", path="visits")
BOARD = Board(field="state")
STATES = {"planned": "Planned", "came": "Came", "missed": "Missed"}


class Visit(Record):
    """Somebody coming by."""

    __tablename__ = "visits_visit"
    title: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="planned")
    phone: Mapped[str | None]
    visits_on: Mapped[dt.date | None]


FORM = (
    TextField(name="title", title="Who", is_required=True, is_searched=True, in_list=True),
    ChoiceField(name="state", title="State", options=STATES, in_list=True),
    PhoneField(name="phone", title="Phone", is_searched=True, in_list=True),
    DateField(name="visits_on", title="Day", in_list=True),
)
VISIT = RecordType(
    module="visits", name="visit", model=Visit, title="Visit", plural_title="Visits", fields=FORM, board=BOARD
)


@hookimpl
def records() -> list[RecordType]:
    """Give the one noun of this module."""
    return [VISIT]
