"""The preview shows what the run will do, and writes nothing."""

from sqlalchemy import text

from charsu.records.importing.batches import counts_of, get_batch
from charsu.records.importing.checking import make_preview
from charsu.records.importing.running import CHUNK
from charsu.text.preferences import current_preferences

from .conftest import Importing

FILE = "Name,Phone,Height\nRosa,09121234567,2\nRose,,1\nOak,12,\nRosa,09121234567,3\nElm,09121111111,\n"

PLANS = text("""
    SELECT sum(custom_plans) AS custom, sum(generic_plans) AS general
      FROM pg_prepared_statements WHERE statement LIKE :part
""")


def test_counts_of_the_preview_are_those_of_the_run(plants: Importing) -> None:
    plants.run("Name,Phone,Height\nRose,09121234567,1\n")
    batch_id = plants.draft(FILE, match=["phone"])

    preview = plants.preview(batch_id)
    plants.start(batch_id)
    plants.drain()

    with plants.work() as session:
        counts = counts_of(session, batch_id)
    assert preview["counts"] == counts
    assert preview["counts"] == {"update": 1, "create": 2, "refuse": 2}


def test_preview_shows_old_and_new_values_cell_by_cell(plants: Importing) -> None:
    plants.run("Name,Phone,Height\nRose,09121234567,1\n")

    rows = plants.preview(plants.draft(FILE, match=["phone"]))["rows"]

    assert rows[0]["cells"] == {"title": ["Rose", "Rosa"], "height": ["1", "2"]}
    assert rows[1]["cells"]["title"] == ["", "Rose"]
    assert rows[2]["reasons"] == [{"field": "Phone", "message": "This is not a valid phone number."}]


def test_preview_writes_no_record(plants: Importing) -> None:
    before = plants.module_rows()

    plants.preview(plants.draft(FILE))

    assert plants.module_rows() == before


def test_a_file_of_several_chunks_keeps_its_order_and_finds_repeated_rows(plants: Importing) -> None:
    count = CHUNK * 2 + 10
    lines = [f"Plant {number},0912{number:07d}" for number in range(count)]
    lines.append("Again,09120000005")
    batch_id = plants.draft("\n".join(["Name,Phone", *lines]), match=["phone"])

    preview = plants.preview(batch_id)
    plants.start(batch_id)
    plants.drain()

    batch = plants.batch(batch_id)
    assert (batch.state, batch.done_count, batch.refused_count) == ("done", count + 1, 1)
    assert preview["counts"] == {"create": count, "refuse": 1}
    assert plants.reasons(batch_id) == {count + 2: ["Row 7 is about the same record."]}
    with plants.work() as session:
        assert session.execute(text("SELECT count(DISTINCT phone) FROM garden_plant")).scalar_one() == count


def test_a_further_row_about_one_record_shows_what_it_changes_in_turn(plants: Importing) -> None:
    plants.run("Name,Phone,Height\nRose,09121234567,1\n")
    rows = (
        "Rosa,09121234567,2",
        "Rosa,09121234567,3",
        "Oak,09121111111,",
        "Elm,09121111111,5",
        "Elm,09121111111,5",
    )
    batch_id = plants.draft("\n".join(["Name,Phone,Height", *rows]), match=["phone"], repeated="apply")

    preview = plants.preview(batch_id)
    plants.start(batch_id)
    plants.drain()

    with plants.work() as session:
        assert preview["counts"] == counts_of(session, batch_id)
    shown = preview["rows"]
    assert [row["action"] for row in shown] == ["update", "update", "create", "update", "same"]
    assert shown[0]["cells"] == {"title": ["Rose", "Rosa"], "height": ["1", "2"]}
    assert shown[1]["cells"] == {"height": ["2", "3"]}
    assert shown[2]["cells"]["title"] == ["", "Oak"]
    assert shown[3]["cells"] == {"title": ["Oak", "Elm"], "height": ["", "5"]}
    assert [bool(row["record_id"]) for row in shown] == [True, True, False, False, False]


def test_each_look_up_is_planned_for_its_own_values(plants: Importing) -> None:
    batch_id = plants.draft(FILE, match=["phone"])

    with plants.work() as session:
        chosen = get_batch(session, batch_id).options
        options = chosen.with_bounds(plants.record_type, plants.access, current_preferences())
        for _chunk in range(12):
            make_preview(session, plants.record_type, options)
        kept = session.execute(PLANS, {"part": "%.phone = ANY%"}).one()

    assert kept.custom > 0
    assert kept.general == 0
