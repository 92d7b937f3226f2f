"""What an import does to records, row by row."""

import dataclasses
import datetime as dt
from decimal import Decimal
from types import ModuleType
from uuid import uuid4

import pytest

from charsu.events import SYSTEM
from charsu.plugins.context import HookContext
from charsu.records.importing.upkeep import clear_files
from charsu.text.preferences import Preferences, use_preferences

from .conftest import Importing

FILE = "Name,Phone,Height,Price,Planted on,Tags\nRose,09121234567,1.5,1000,1404/01/05,a; b\nOak,,,,,\n"


def test_rows_become_records_with_typed_values(plants: Importing) -> None:
    batch = plants.run(FILE)

    assert plants.reasons(batch.id) == {}
    assert (batch.state, batch.done_count, batch.refused_count) == ("done", 2, 0)
    assert plants.rows("title, phone, height, planted_on, tags, stage") == [
        ("Oak", None, None, None, [], "seed"),
        ("Rose", "+989121234567", Decimal("1.5"), dt.date(2025, 3, 25), ["a", "b"], "seed"),
    ]


def test_persian_digits_arabic_letters_jalali_dates_and_toman_are_understood(plants: Importing) -> None:
    content = "نام,موبایل,Price,Planted on,Rare\nعلي,۰۹۱۲۱۲۳۴۵۶۷,«۱۲٬۵۰۰»,۱۴۰۳/۱۲/۳۰,بله\n".replace(
        "«", ""
    ).replace("»", "")
    with use_preferences(Preferences(locale="fa", calendar="jalali", money_display="toman")):
        plants.run(content)

    assert plants.rows("phone, price_minor, planted_on, is_rare") == [
        ("+989121234567", 125_000, dt.date(2025, 3, 20), True)
    ]


def test_a_refused_row_stands_with_its_reason_and_the_others_are_imported(plants: Importing) -> None:
    batch = plants.run("Name,Phone,Height\nRose,12,1\n,,2\nOak,,101\nIvy,,abc\nElm,,3\nFir,,1,5\n")

    assert (batch.done_count, batch.refused_count) == (6, 5)
    assert plants.reasons(batch.id) == {
        2: ["This is not a valid phone number."],
        3: ["Please fill this in."],
        4: ["No plant is that high."],
        5: ["This must be a number."],
        7: ["This row has more cells than there are columns."],
    }
    assert plants.rows("title") == [("Elm",)]


def test_match_key_may_be_a_text_in_any_spelling(plants: Importing, garden: ModuleType) -> None:
    beds = dataclasses.replace(plants, record_type=garden.bed)
    beds.run("Name,Area\nكاج,1\n", defaults={})

    batch = beds.run("Name,Area\nکاج,2\n", match=["title"], defaults={})

    assert beds.reasons(batch.id) == {}
    assert beds.rows("title, area", "garden_bed") == [("کاج", Decimal(2))]


def test_match_key_updates_instead_of_adding(plants: Importing) -> None:
    plants.run("Name,Phone,Height\nRose,09121234567,1\n")

    batch = plants.run("Name,Phone,Height\nRosa,+989121234567,2\nOak,09121111111,3\n", match=["phone"])

    assert plants.rows("title, height") == [("Oak", Decimal(3)), ("Rosa", Decimal(2))]
    assert batch.refused_count == 0


def test_each_column_updates_fills_blanks_or_serves_new_records_alone(plants: Importing) -> None:
    plants.run("Name,Phone,Height,E-mail\nRose,09121234567,1,\n")
    columns = [
        {"at": 0, "field": "title", "mode": "create"},
        {"at": 1, "field": "phone"},
        {"at": 2, "field": "height", "mode": "fill"},
        {"at": 3, "field": "email", "mode": "fill"},
    ]

    plants.run(
        "Name,Phone,Height,E-mail\nX,09121234567,9,rose@example.com\nOak,09121111111,4,\n",
        columns=columns,
        match=["phone"],
    )

    assert plants.rows("title, height, email") == [
        ("Oak", Decimal(4), None),
        ("Rose", Decimal(1), "rose@example.com"),
    ]


def test_empty_cells_leave_what_is_there(plants: Importing) -> None:
    plants.run("Name,Phone,Height\nRose,09121234567,1\n")

    plants.run("Name,Phone,Height\n,09121234567,\n", match=["phone"])

    assert plants.rows("title, height") == [("Rose", Decimal(1))]


def test_only_new_or_only_existing_records_are_touched_on_demand(plants: Importing) -> None:
    plants.run("Name,Phone\nRose,09121234567\n")
    content = "Name,Phone\nRosa,09121234567\nOak,09121111111\n"

    plants.run(content, match=["phone"], rows="new")
    assert plants.rows("title") == [("Oak",), ("Rose",)]

    plants.run("Name,Phone\nRosa,09121234567\nElm,09122222222\n", match=["phone"], rows="existing")
    assert plants.rows("title") == [("Oak",), ("Rosa",)]


def test_a_second_row_about_one_record_is_refused_by_the_number_of_the_first(plants: Importing) -> None:
    batch = plants.run("Name,Phone\nRose,09121234567\nRosa,9121234567\n", match=["phone"])

    assert plants.reasons(batch.id) == {3: ["Row 2 is about the same record."]}
    assert plants.rows("title") == [("Rose",)]


def test_repeated_rows_can_be_applied_one_after_the_other(plants: Importing) -> None:
    content = "Name,Phone,Height\nRose,09121234567,1\nRosa,09121234567,\n,09121234567,5\n"

    batch = plants.run(content, match=["phone"], repeated="apply")

    assert (batch.done_count, batch.refused_count) == (3, 0)
    assert plants.rows("title, height") == [("Rosa", Decimal(5))]


def test_two_matching_records_refuse_the_row(plants: Importing) -> None:
    plants.run("Name,Phone\nRose,09121234567\nRosa,09121234567\n", match=[])

    batch = plants.run("Name,Phone\nX,09121234567\n", match=["phone"])

    assert plants.reasons(batch.id) == {2: ["2 records match this row."]}


def test_links_are_found_by_title_and_refused_when_unknown_or_ambiguous(plants: Importing) -> None:
    plants.execute("INSERT INTO garden_bed (title) VALUES ('باغچه ي يك'), ('Twin'), ('twin')")

    batch = plants.run("Name,Bed\nRose,باغچه‌ی یک\nOak,Nowhere\nElm,Twin\n")

    assert plants.reasons(batch.id) == {
        3: ["There is nothing called “Nowhere”."],
        4: ["Several are called “Twin”."],
    }
    assert plants.rows("p.title, b.title", "garden_plant p JOIN garden_bed b ON b.id = p.bed_id") == [
        ("Rose", "باغچه ي يك")
    ]


def test_new_records_take_the_defaults(plants: Importing) -> None:
    plants.run("Name,Stage\nRose,\nOak,Tree\n", defaults={"stage": "plant", "tags": "new"})

    assert plants.rows("title, stage, tags") == [("Oak", "tree", ["new"]), ("Rose", "plant", ["new"])]


def test_an_export_with_ids_updates_the_same_records(plants: Importing) -> None:
    plants.run("Name\nRose\n")
    [(record_id,)] = plants.rows("id")

    plants.run(f"id,Name\n{record_id},Rosa\n")
    batch = plants.run(f"id,Name\n{uuid4()},X\nnothing,Y\n")

    assert plants.rows("title") == [("Rosa",)]
    assert plants.reasons(batch.id) == {2: ["There is no such record."], 3: ["This is not a valid id."]}


def test_every_row_is_in_the_audit_and_tells_an_event(plants: Importing) -> None:
    plants.run("Name,Phone\nRose,09121234567\n")
    plants.run("Name,Phone\nRosa,09121234567\n", match=["phone"])

    assert plants.rows("action, source, before - '_columns', after->>'title'", "core_change") == [
        ("create", "import", None, "Rose"),
        ("update", "import", {"title": "Rose"}, "Rosa"),
    ]
    assert plants.rows("type, data->>'fields'", "core_event WHERE type LIKE 'plant.%'") == [
        ("plant.created", None),
        ("plant.updated", '["title"]'),
    ]


def test_search_finds_imported_records(plants: Importing) -> None:
    plants.run("Name,Phone\nرز سفيد,09121234567\n")

    [(words,)] = plants.rows("search_text")
    assert "رز سفید" in words
    assert "09121234567" in words


def test_a_fault_of_a_module_stops_the_import_where_it_can_go_on(
    plants: Importing, garden: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_values: object) -> None:
        raise ZeroDivisionError

    batch_id = plants.draft("Name\nRose\nOak\n")
    with monkeypatch.context() as broken:
        broken.setattr(garden.PlantService, "check", explode)  # type: ignore[attr-defined]
        plants.start(batch_id)
        plants.drain()
    stopped = plants.batch(batch_id)

    plants.start(batch_id)
    plants.drain()

    assert (stopped.state, stopped.error) == ("failed", "A fault of the program stopped it.")
    assert plants.batch(batch_id).state == "done"
    assert plants.rows("title") == [("Oak",), ("Rose",)]


def test_old_drafts_and_files_are_cleared_away(plants: Importing) -> None:
    batch = plants.run("Name\nRose\n")
    draft = plants.draft("Name\nOak\n")
    plants.execute("UPDATE core_batch SET created_at = '2020-01-01', finished_at = '2020-01-01'")

    with plants.work() as session:
        clear_files(HookContext(tenant=plants.tenant, session=session, actor=SYSTEM))

    assert plants.rows("id", "core_batch") == [(batch.id,)] != [(draft,)]
    assert plants.rows("id", "core_file") == []
    assert plants.rows("count(*)", "core_file_part") == [(0,)]
    assert plants.undo(batch.id).state == "undone"
