"""Beds and the plants in them: two nouns with every kind of field, for the tests of the record kit."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from charsu.errors import RuleViolated
from charsu.plugins import Manifest, hookimpl
from charsu.records import (
    AddressesField,
    Board,
    CalendarSpec,
    ChoiceField,
    DateField,
    DueSpec,
    Duplicates,
    EmailField,
    FlagField,
    InstantField,
    LinkField,
    ListField,
    LongTextField,
    MoneyField,
    MultiChoiceField,
    NationalIdField,
    NumberField,
    PhoneField,
    Record,
    RecordService,
    RecordType,
    Section,
    TagsField,
    TextField,
    UrlField,
)

manifest = Manifest(name="garden", title="Garden", summary="For tests.", version="0.1.0", path="garden")
#: What a hook of this plugin shall do in one test, by the hook's name.
behaviour: dict[str, Any] = {}


class Bed(Record):
    __tablename__ = "garden_bed"
    title: Mapped[str]
    soil: Mapped[str] = mapped_column(server_default="clay")
    area: Mapped[int | None]


class Plant(Record):
    __tablename__ = "garden_plant"
    title: Mapped[str]
    bed_id: Mapped[uuid.UUID | None]
    parent_id: Mapped[uuid.UUID | None]
    stage: Mapped[str] = mapped_column(server_default="seed")
    uses: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    phones: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    addresses: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default="[]")
    height: Mapped[Decimal | None]
    price_minor: Mapped[int | None]
    planted_on: Mapped[dt.date | None]
    watered_at: Mapped[dt.datetime | None]
    is_rare: Mapped[bool] = mapped_column(server_default="false")
    phone: Mapped[str | None]
    email: Mapped[str | None]
    url: Mapped[str | None]
    national_id: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default="")
    done_at: Mapped[dt.datetime | None]


class PlantService(RecordService[Plant]):
    """Nothing grows to 100; a tree is never rare."""

    def check(self, record: Plant, before: Any) -> None:
        if record.height is not None and record.height > 100:
            raise RuleViolated("No plant is that high.", field="height", code="too_high")
        if record.is_rare and record.stage == "tree":
            raise RuleViolated("A rare tree is no tree.", code="rare_tree")


bed = RecordType(
    module="garden",
    name="bed",
    model=Bed,
    title="Bed",
    plural_title="Beds",
    fields=(
        TextField(
            name="title", title="Name", is_required=True, is_searched=True, in_list=True, max_length=80
        ),
        ChoiceField(name="soil", title="Soil", options={"clay": "Clay", "sand": "Sand"}, in_list=True),
        NumberField(name="area", title="Area", minimum=0, in_list=True),
    ),
    match_fields=("title",),
)
plant = RecordType(
    module="garden",
    name="plant",
    model=Plant,
    title="Plant",
    plural_title="Plants",
    icon="plant",
    summary="What grows here.",
    sections=(Section(key="growth", title="Growth"), Section(key="seller", title="Seller", is_folded=True)),
    fields=(
        TextField(
            name="title", title="Name", is_required=True, is_searched=True, in_list=True, max_length=80
        ),
        LinkField(name="bed_id", title="Bed", to="garden.bed", goes_along=True, in_list=True),
        LinkField(name="parent_id", title="Grown from", to="garden.plant"),
        ChoiceField(
            name="stage",
            title="Stage",
            options={"seed": "Seed", "plant": "Plant", "tree": "Tree"},
            tones={"tree": "good"},
            is_required=True,
            in_list=True,
            section="growth",
        ),
        NumberField(
            name="height", title="Height", decimals=2, minimum=0, section="growth", help="In metres."
        ),
        DateField(name="planted_on", title="Planted on", section="growth", in_list=True),
        InstantField(name="watered_at", title="Watered", section="growth"),
        FlagField(name="is_rare", title="Rare", section="growth"),
        MultiChoiceField(
            name="uses",
            title="Uses",
            options={"tea": "Tea", "spice": "Spice", "dye": "Dye"},
            section="growth",
        ),
        TagsField(name="tags", title="Tags", is_searched=True, in_list=True),
        MoneyField(name="price_minor", title="Price", in_list=True, section="seller"),
        PhoneField(name="phone", title="Phone", is_searched=True, section="seller", synonyms=("موبایل",)),
        ListField(
            name="phones",
            title="Further phones",
            of=PhoneField(name="phone", title="Phone"),
            is_searched=True,
            section="seller",
        ),
        EmailField(name="email", title="E-mail", is_searched=True, section="seller"),
        UrlField(name="url", title="Web page", section="seller"),
        NationalIdField(name="national_id", title="National id", section="seller"),
        AddressesField(name="addresses", title="Addresses", is_searched=True, section="seller"),
        LongTextField(name="note", title="Note", is_searched=True),
        InstantField(name="done_at", title="Done", is_read_only=True, in_form=False),
    ),
    quick_filters=("stage", "tags"),
    match_fields=("phone", "email", "national_id"),
    board=Board(field="stage", sum_field="price_minor", card_fields=("bed_id", "price_minor")),
    calendar=CalendarSpec(start_field="planted_on"),
    due=DueSpec(due_field="watered_at", done_field="done_at"),
    duplicates=Duplicates(
        name_field="title",
        strong_fields=("phone", "email", "national_id"),
        further={"phones": "phone"},
    ),
    service=PlantService,
)


@hookimpl
def records() -> list[RecordType]:
    return [bed, plant]


@hookimpl
def figures(ctx, record_type, record_id):
    return behaviour["figures"](ctx, record_type, record_id) if "figures" in behaviour else []


@hookimpl
def timeline(ctx, record_type, record_id, before, limit):
    told = behaviour.get("timeline")
    return told(ctx, record_type, record_id, before, limit) if told else []


@hookimpl
def fragments(ctx, slot, subject):
    return behaviour["fragments"](ctx, slot, subject) if "fragments" in behaviour else []


@hookimpl
def purge_records(ctx, record_type, record_ids):
    told = behaviour.get("purge_records")
    return told(ctx, record_type, record_ids) if told else []
