"""An import can be taken back, updates too; what people did since stays."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charsu.errors import Conflict

from .conftest import Importing

PHONES = [f"0912000000{number}" for number in range(8)]


def test_taking_back_removes_new_records_and_returns_old_values(plants: Importing) -> None:
    plants.run("Name,Phone,Height,Tags\nRose,09121234567,1,a\n")
    before = plants.module_rows()
    batch = plants.run("Name,Phone,Height,Tags\nRosa,09121234567,2,b\nOak,09121111111,3,\n", match=["phone"])
    assert plants.module_rows() != before

    undone = plants.undo(batch.id)

    assert (undone.state, undone.kept_count) == ("undone", 0)
    assert plants.module_rows() == before


def test_a_value_changed_since_is_kept_and_the_others_return(plants: Importing) -> None:
    plants.run("Name,Phone,Height\nRose,09121234567,1\n")
    batch = plants.run("Name,Phone,Height\nRosa,09121234567,2\n", match=["phone"])
    plants.run("Phone,Height\n09121234567,7\n", match=["phone"])

    undone = plants.undo(batch.id)

    assert undone.kept_count == 1
    assert plants.rows("title, height::int") == [("Rose", 7)]
    assert "rose" in plants.rows("search_text")[0][0]


def test_a_new_record_that_was_changed_since_stays(plants: Importing) -> None:
    batch = plants.run("Name,Phone\nRose,09121234567\nOak,\n")
    plants.run("Name,Phone\nRosa,09121234567\n", match=["phone"])

    undone = plants.undo(batch.id)

    assert (undone.state, undone.kept_count) == ("undone", 1)
    assert plants.rows("title") == [("Rosa",)]


def test_a_new_record_that_others_point_at_stays(plants: Importing) -> None:
    batch = plants.run("Name\nRose\nOak\n")
    plants.execute("INSERT INTO garden_plant (title, parent_id) SELECT 'Bud', id FROM garden_plant LIMIT 1")

    undone = plants.undo(batch.id)

    assert undone.kept_count == 1
    assert len(plants.rows("title")) == 2


def test_modules_remove_what_they_made_because_of_the_records_or_keep_them(
    plants: Importing, garden: object
) -> None:
    batch = plants.run("Name\nRose\nOak\n")
    [(kept,)] = plants.rows("id", "garden_plant WHERE title = 'Oak'")
    garden.behaviour["purge_records"] = lambda ctx, record_type, record_ids: {kept}  # type: ignore[attr-defined]

    undone = plants.undo(batch.id)

    assert undone.kept_count == 1
    assert plants.rows("title") == [("Oak",)]


def test_taking_back_is_told_and_noted(plants: Importing) -> None:
    batch = plants.run("Name\nRose\n")

    plants.undo(batch.id)

    assert plants.rows("source, action", "core_change") == [("import", "create"), ("undo", "purge")]
    assert ("plant.deleted",) in plants.rows("type", "core_event")


def test_only_a_finished_import_is_taken_back_and_only_once(plants: Importing) -> None:
    draft = plants.draft("Name\nRose\n")
    with pytest.raises(Conflict):
        plants.undo(draft)
    batch = plants.run("Name\nRose\n")
    plants.undo(batch.id)

    with pytest.raises(Conflict):
        plants.undo(batch.id)


def test_repeated_rows_are_taken_back_one_after_the_other(plants: Importing) -> None:
    plants.run("Name,Phone,Height\nRose,09121234567,1\n")
    before = plants.module_rows()

    batch = plants.run(
        "Name,Phone,Height\nA,09121234567,2\nB,09121234567,3\nC,09129999999,\nD,09129999999,4\n",
        match=["phone"],
        repeated="apply",
    )
    assert plants.rows("title") == [("B",), ("D",)]
    plants.undo(batch.id)

    assert plants.module_rows() == before


cells = st.tuples(
    st.sampled_from(["", "Rose", "رز", "x" * 90]),
    st.sampled_from(["", *PHONES, "12"]),
    st.sampled_from(["", "1", "2.25", "300", "۳"]),
    st.sampled_from(["", "a", "a؛ b"]),
    st.sampled_from(["", "seed", "Tree", "nonsense"]),
)
files = st.lists(cells, min_size=1, max_size=12)


@pytest.mark.proof
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=files,
    second=files,
    mode=st.sampled_from(["update", "fill"]),
    repeated=st.sampled_from(["refuse", "apply"]),
)
def test_import_then_taking_it_back_leaves_every_row_as_it_was(
    plants: Importing,
    first: list[tuple[str, ...]],
    second: list[tuple[str, ...]],
    mode: str,
    repeated: str,
) -> None:
    header = "Name,Phone,Height,Tags,Stage,Row"
    columns = [
        {"at": at, "field": name, "mode": mode}
        for at, name in enumerate(("title", "phone", "height", "tags", "stage"))
    ]
    plants.run("\n".join([header, *(",".join([*row, "."]) for row in first)]), match=["phone"])
    before = plants.module_rows()

    content = "\n".join([header, *(",".join([*row, "."]) for row in second)])
    batch_id = plants.draft(content, match=["phone"], columns=columns, repeated=repeated)
    foreseen = plants.preview(batch_id)
    plants.start(batch_id)
    plants.drain()
    batch = plants.batch(batch_id)
    undone = plants.undo(batch.id)

    if repeated == "refuse":
        assert batch.refused_count == foreseen["counts"].get("refuse", 0)
    assert (batch.done_count, undone.kept_count) == (foreseen["total"], 0)
    assert plants.module_rows() == before
