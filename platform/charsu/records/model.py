"""The columns every record has, whatever its noun."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Boolean, DateTime, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from charsu_tenants.base import Base

_INSTANT = DateTime(timezone=True)


class Record(Base):
    """Base of the models of record types; its table is made by `charsu_migrations.operations.record_table`.

    A row whose `deleted_at` is set lies in the recycle bin: no list, search, count or page shows it.
    """

    __abstract__ = True

    @declared_attr
    def id(cls) -> Mapped[uuid.UUID]:  # noqa: N805 - SQLAlchemy's way to declare in a base
        """The key the server makes, sorted by time."""
        return mapped_column(primary_key=True, server_default=func.uuidv7(), sort_order=-1)

    #: The member who is responsible; scopes `own` and `team` look at it.
    owner_id: Mapped[uuid.UUID | None] = mapped_column(sort_order=90)
    #: Values of custom fields by key.
    custom: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"), sort_order=91)
    #: Folds of all searched fields; written by the service on every change.
    search_text: Mapped[str] = mapped_column(Text, server_default="", sort_order=92)
    #: Made by `add_sample`; `remove_sample` deletes exactly these.
    is_sample: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), sort_order=93)
    created_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=func.now(), sort_order=94)
    updated_at: Mapped[dt.datetime] = mapped_column(_INSTANT, server_default=func.now(), sort_order=95)
    #: Set while the record lies in the recycle bin.
    deleted_at: Mapped[dt.datetime | None] = mapped_column(_INSTANT, sort_order=96)
