"""The table of roles that persons have in companies."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from charsu.records import Record


class Affiliation(Record):
    """A person has a role in a company; she may have several, in one company or in many."""

    __tablename__ = "crm_core_affiliation"
    __table_args__ = (
        CheckConstraint("char_length(role) BETWEEN 1 AND 200", name="role"),
        CheckConstraint("person_id <> company_id", name="ends"),
        CheckConstraint("until_on >= since_on", name="until_on"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_customer.id"))
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crm_core_customer.id"))
    #: As the business says it: "buyer", "owner".
    role: Mapped[str] = mapped_column(Text)
    since_on: Mapped[dt.date | None] = mapped_column(Date)
    until_on: Mapped[dt.date | None] = mapped_column(Date)
