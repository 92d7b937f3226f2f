"""An import runs in somebody's name: when she may not any more it stops, and can be taken back."""

from dataclasses import replace
from uuid import UUID

import pytest

from charsu.events import SYSTEM
from charsu.plugins.context import HookContext
from charsu.records import RecordAccess
from charsu.records.importing.running import CHUNK, import_rows
from charsu.testing.clients import Member, People

from .conftest import Importing

VERBS = ("read", "write", "import")
GONE = "DELETE FROM control.membership WHERE member_id = %(member_id)s"
POORER = """
UPDATE control.role SET permissions = %(held)s
 WHERE id = (SELECT role_id FROM control.membership WHERE member_id = %(member_id)s)"""


@pytest.fixture
def starter(people: People, plants: Importing) -> Member:
    return people.member(plants.tenant, [f"garden.plant.{verb}" for verb in VERBS])


@pytest.fixture
def hers(plants: Importing, starter: Member) -> Importing:
    """Imports in her name."""
    access = RecordAccess(member_id=starter.member_id, scopes=dict.fromkeys(VERBS, "all"))
    return replace(plants, access=access)


def half_done(imports: Importing) -> UUID:
    """An import of which the first chunk is written; the job of the second waits."""
    batch_id = imports.draft("\n".join(["Name", *(f"Plant {number}" for number in range(CHUNK + 5))]))
    imports.start(batch_id)
    with imports.work() as session:
        import_rows(HookContext(tenant=imports.tenant, session=session, actor=SYSTEM), str(batch_id))
    return batch_id


@pytest.mark.parametrize(
    ("statement", "held", "reason"),
    [
        (GONE, [], "Who started it is no member of the business any more."),
        (POORER, ["garden.plant.read", "garden.plant.write"], "Who started it may not do this any more."),
        (POORER, ["garden.plant.import"], "Who started it may not do this any more."),
    ],
)
def test_it_stops_where_who_started_it_may_not_any_more(
    people: People, hers: Importing, starter: Member, statement: str, held: list[str], reason: str
) -> None:
    batch_id = half_done(hers)
    with people.runtime.database.control() as conn:
        conn.execute(statement, {"member_id": starter.member_id, "held": held})

    hers.drain()

    stopped = hers.batch(batch_id)
    assert (stopped.state, stopped.error, stopped.done_count) == ("failed", reason, CHUNK)
    undone = hers.undo(batch_id)
    assert (undone.state, undone.kept_count, hers.rows("count(*)")) == ("undone", 0, [(0,)])


def test_it_reaches_no_further_than_who_started_it_does_now(
    people: People, hers: Importing, plants: Importing, starter: Member
) -> None:
    plants.run("Name,Phone\nRose,09121234567\n")
    batch_id = hers.draft("Name,Phone\nRosa,09121234567\n", match=["phone"])
    hers.start(batch_id)
    held = ["garden.plant.read@own", "garden.plant.write@own", "garden.plant.import"]
    with people.runtime.database.control() as conn:
        conn.execute(POORER, {"member_id": starter.member_id, "held": held})

    hers.drain()

    assert ("Rose",) in plants.rows("title")
