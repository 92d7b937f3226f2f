"""Two nouns made up for tests: craftsmen, and the works they made, which hang on them by a link."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from charsu.plugins.manifest import Manifest
from charsu.records import RecordType
from charsu.records.fields import (
    ChoiceField,
    DateField,
    EmailField,
    LinkField,
    ListField,
    LongTextField,
    PhoneField,
    TagsField,
    TextField,
)
from charsu.records.model import Record
from charsu.records.specs import Duplicates
from charsu.runtime import Runtime
from charsu.testing.planting import make_plugin
from charsu_migrations.operations import record_table
from charsu_tenants.context import Tenant
from charsu_tenants.sessions import owner_session

_EMPTY = sa.text("'{}'")


class Craftsman(Record):
    __tablename__ = "guild_craftsman"

    full_name: Mapped[str] = mapped_column(sa.Text)
    phone: Mapped[str | None] = mapped_column(sa.Text)
    other_phones: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=_EMPTY)
    email: Mapped[str | None] = mapped_column(sa.Text)
    craft: Mapped[str | None] = mapped_column(sa.Text)
    birthday_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    tags: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default=_EMPTY)
    note: Mapped[str] = mapped_column(sa.Text, server_default="")


class Work(Record):
    __tablename__ = "guild_work"

    title: Mapped[str] = mapped_column(sa.Text)
    craftsman_id: Mapped[uuid.UUID | None] = mapped_column()


CRAFTSMEN = RecordType(
    module="guild",
    name="craftsman",
    plural="craftsmen",
    model=Craftsman,
    title="Craftsman",
    plural_title="Craftsmen",
    title_field="full_name",
    icon="users",
    fields=(
        PhoneField(name="phone", title="Phone", is_searched=True, in_list=True),
        TextField(name="full_name", title="Name", is_required=True, is_searched=True, in_list=True),
        ListField(name="other_phones", title="Other phones", of=PhoneField(name="phone", title="Phone")),
        EmailField(name="email", title="E-mail", is_searched=True, in_list=True),
        ChoiceField(
            name="craft", title="Craft", options={"copper": "Copper", "tiles": "Tiles"}, in_list=True
        ),
        DateField(name="birthday_on", title="Birthday"),
        TagsField(name="tags", title="Tags", is_searched=True),
        LongTextField(name="note", title="Note"),
    ),
    duplicates=Duplicates(
        name_field="full_name", strong_fields=("phone", "email"), further={"other_phones": "phone"}
    ),
)
WORKS = RecordType(
    module="guild",
    name="work",
    model=Work,
    title="Work",
    plural_title="Works",
    fields=(
        TextField(name="title", title="Title", is_required=True, is_searched=True, in_list=True),
        LinkField(name="craftsman_id", title="Craftsman", to="guild.craftsman", goes_along=True),
    ),
)


def guild(types: Iterable[RecordType] = (CRAFTSMEN, WORKS), **hooks: Any) -> ModuleType:
    return make_plugin(
        Manifest(name="guild", title="Guild", summary="Craftsmen.", version="0", path="guild"),
        records=lambda: list(types),
        **hooks,
    )


@contextmanager
def guild_tables(runtime: Runtime, tenants: Iterable[Tenant]) -> Iterator[None]:
    tenants = list(tenants)
    for tenant in tenants:
        with owner_session(runtime.database, tenant) as session:
            op: Any = Operations(MigrationContext.configure(session.connection()))
            record_table(
                op,
                "guild_craftsman",
                sa.Column("full_name", sa.Text, nullable=False),
                *(sa.Column(name, sa.Text) for name in ("phone", "email", "craft")),
                *(
                    sa.Column(name, ARRAY(sa.Text), server_default=_EMPTY)
                    for name in ("other_phones", "tags")
                ),
                sa.Column("birthday_on", sa.Date),
                sa.Column("note", sa.Text, server_default="", nullable=False),
            )
            record_table(
                op,
                "guild_work",
                sa.Column("title", sa.Text, nullable=False),
                sa.Column("craftsman_id", sa.Uuid, sa.ForeignKey("guild_craftsman.id")),
            )
    yield
    for tenant in tenants:
        with owner_session(runtime.database, tenant) as session:
            session.execute(sa.text("DROP TABLE guild_work, guild_craftsman"))
