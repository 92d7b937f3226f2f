"""The declarative base of every table in a tenant schema, and the column types all of them share."""

import datetime as dt
from typing import Annotated

from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import DeclarativeBase, mapped_column

#: Names of constraints and indexes, the same in models and in revisions.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: A moment in UTC, aware.
Instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]


class Base(DeclarativeBase):
    """Base of models; tables carry the name of their module as a prefix and never that of a schema."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
