"""Events: written with the business, delivered after the commit, their effects exactly once."""

import datetime as dt
import importlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from charsu.db import tenant_work
from charsu.events import Actor, BadEvent, Event, EventEnvelope, acting_as, emit
from charsu.events.ids import new_event_id
from charsu.events.types import check_event_class
from charsu.jobs.bell import mark
from charsu.jobs.draining import drain_until_quiet
from charsu.jobs.quiet import wait_until_quiet
from charsu.plugins.lifecycle import disable_module, enable_module, lift_quarantine
from charsu.process import Runtime
from charsu_tenants import bus
from charsu_tenants.context import Tenant
from charsu_tenants.modules import record_fault
from charsu_tenants.registry import get_tenant

SHELF = Path(__file__).parent / "hostile_plugins"
SARA = Actor(kind="user", id="7", name="Sara")


@pytest.fixture
def market(with_plugins: Callable[..., Runtime]) -> Runtime:
    return with_plugins(SHELF / "bazaar")


@pytest.fixture
def bazaar(market: Runtime) -> ModuleType:
    return importlib.import_module("charsu_bazaar.plugin")


@pytest.fixture
def business(market: Runtime, tenant: Tenant) -> Tenant:
    enable_module(tenant.id, "bazaar", SARA)
    return get_tenant(market.database, tenant.id)


def counted(tenant: Tenant, key: str) -> int:
    with tenant_work(tenant, read_only=True) as session:
        query = text("SELECT value::text::int FROM core_setting WHERE key = :key")
        return session.execute(query, {"key": key}).scalar() or 0


def log(tenant: Tenant) -> list[dict[str, Any]]:
    with tenant_work(tenant, read_only=True) as session:
        return [dict(row) for row in session.execute(text("SELECT * FROM core_event ORDER BY id")).mappings()]


def deliveries(runtime: Runtime) -> list[dict[str, Any]]:
    with runtime.database.admin() as conn:
        return list(conn.execute("SELECT * FROM bus.delivery WHERE kind = 'reaction' ORDER BY id"))


def make_due(runtime: Runtime) -> None:
    with runtime.database.admin() as conn:
        conn.execute("UPDATE bus.delivery SET due_at = now()")


def test_an_event_stands_in_the_log_with_who_and_what_and_why(business: Tenant, bazaar: ModuleType) -> None:
    request_id = uuid.uuid4()

    with acting_as(SARA, request_id), tenant_work(business):
        event_id = emit(bazaar.NotePinned(note_id="n1"))

    (row,) = log(business)
    assert row["id"] == event_id
    assert (row["type"], row["version"]) == ("note.pinned", 1)
    assert row["actor"] == {"kind": "user", "id": "7", "name": "Sara"}
    assert (row["subject_type"], row["subject_id"]) == ("note", "n1")
    assert (row["correlation_id"], row["causation_id"], row["hop"]) == (request_id, None, 0)
    assert row["data"] == {"note_id": "n1", "wish": "count"}


def test_a_rolled_back_event_never_happened(market: Runtime, business: Tenant, bazaar: ModuleType) -> None:
    def pin_and_fail() -> None:
        with tenant_work(business):
            emit(bazaar.NotePinned(note_id="n1"))
            raise ValueError("changed her mind")

    with pytest.raises(ValueError, match="changed her mind"):
        pin_and_fail()

    assert log(business) == []
    assert deliveries(market) == []


def test_a_reaction_has_its_effect_once(market: Runtime, business: Tenant, bazaar: ModuleType) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))

    drain_until_quiet(market)
    drain_until_quiet(market)

    assert counted(business, "note:n1") == 1
    assert deliveries(market) == []


def test_a_delivery_that_comes_twice_has_its_effect_once(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        event_id = emit(bazaar.NotePinned(note_id="n1"))
    with market.database.admin() as conn:
        for _ in range(3):
            conn.execute(
                "INSERT INTO bus.delivery (tenant, handler, kind, event_id) VALUES (%s, %s, 'reaction', %s)",
                [business.schema, "bazaar.read_note", event_id],
            )

    drain_until_quiet(market)

    assert counted(business, "note:n1") == 1
    assert deliveries(market) == []


def test_an_event_of_a_reaction_follows_from_the_first(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with acting_as(SARA), tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1", wish="chain"))

    drain_until_quiet(market)

    pinned, read = log(business)
    assert read["type"] == "note.read"
    assert (read["causation_id"], read["correlation_id"]) == (pinned["id"], pinned["correlation_id"])
    assert read["hop"] == 1
    assert read["actor"]["name"] == "Sara"
    assert counted(business, "greeted:n1:1") == 1


def test_reactions_that_call_each_other_in_a_circle_come_to_an_end(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1", wish="circle"))

    drain_until_quiet(market)

    assert max(row["hop"] for row in log(business)) == 8
    assert "circle" in deliveries(market)[0]["last_error"]


def test_a_failing_reaction_leaves_nothing_and_waits_longer_each_time(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1", wish="fail"))

    waits = []
    for _ in range(3):
        make_due(market)
        drain_until_quiet(market)
        (row,) = deliveries(market)
        with market.database.admin() as conn:
            waits.append(
                conn.execute("SELECT extract(epoch FROM due_at - now()) AS s FROM bus.delivery").fetchone()
            )

    assert counted(business, "note:n1") == 0
    assert (row["state"], row["attempts"]) == ("ready", 3)
    assert "ValueError: this note can not be read" in row["last_error"]
    assert [round(float(wait["s"])) for wait in waits if wait] == [1, 4, 16]


def test_the_eighth_failure_makes_a_dead_letter_that_can_be_replayed(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1", wish="fail"))
    for _ in range(8):
        make_due(market)
        drain_until_quiet(market)

    with market.database.control_autocommit() as conn:
        (letter,) = bus.dead_letters(conn)
        with market.database.admin() as admin:
            admin.execute(f'UPDATE {business.schema}.core_event SET data = data || \'{{"wish": "count"}}\'')
        replayed = bus.replay(conn, letter.id)
    drain_until_quiet(market)

    assert (letter.slug, letter.handler, letter.attempts) == (business.slug, "bazaar.read_note", 8)
    assert replayed == 1
    assert counted(business, "note:n1") == 1


def test_a_reaction_that_asks_to_come_later_does_so_eight_times_at_most(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1", wish="wait"))

    drain_until_quiet(market)

    (row,) = deliveries(market)
    assert (row["state"], row["attempts"], row["last_error"]) == ("dead", 8, "not yet")
    assert counted(business, "note:n1") == 0


def test_a_reaction_that_hangs_is_stopped_and_the_next_one_runs(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1", wish="hang"))
        emit(bazaar.NotePinned(note_id="n2"))

    drain_until_quiet(market)

    (row,) = deliveries(market)
    assert "OutOfTime" in row["last_error"]
    assert counted(business, "note:n1") == 0
    assert counted(business, "note:n2") == 1


def test_events_of_a_tenant_are_reacted_to_in_their_order(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        for number in range(5):
            emit(bazaar.NotePinned(note_id=f"n{number}"))

    drain_until_quiet(market)

    with tenant_work(business, read_only=True) as session:
        keys = session.execute(text("SELECT key FROM core_inbox ORDER BY done_at")).scalars().all()
    order = [str(row["id"]) for row in sorted(log(business), key=lambda row: row["occurred_at"])]
    assert [key.rpartition(":")[2] for key in keys] == order


def test_another_tenant_hears_nothing(
    market: Runtime, business: Tenant, other_tenant: Tenant, bazaar: ModuleType
) -> None:
    enable_module(other_tenant.id, "bazaar", SARA)

    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    drain_until_quiet(market)

    assert counted(other_tenant, "note:n1") == 0
    assert log(other_tenant) == []


def test_a_module_that_is_off_gets_no_delivery(market: Runtime, tenant: Tenant, bazaar: ModuleType) -> None:
    with tenant_work(tenant):
        emit(bazaar.NotePinned(note_id="n1"))

    assert len(log(tenant)) == 1
    assert deliveries(market) == []


def test_what_waits_for_a_module_that_was_turned_off_is_dropped(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    disable_module(business.id, "bazaar", SARA)

    drain_until_quiet(market)

    assert deliveries(market) == []
    assert counted(business, "note:n1") == 0


def test_what_waits_for_a_quarantined_module_waits_until_it_is_lifted(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    for _ in range(5):
        record_fault(market.database, business.id, "bazaar", "fragments", "RuntimeError")
    drain_until_quiet(market)
    before = counted(business, "note:n1")

    lift_quarantine(business.id, "bazaar", SARA)
    with market.database.control_autocommit() as conn:
        assert bus.release_parked(conn) == 1
    drain_until_quiet(market)

    assert (before, counted(business, "note:n1")) == (0, 1)


def test_what_waits_for_tables_that_are_being_updated_is_tried_again_and_never_dead(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with tenant_work(business):
        emit(bazaar.NotePinned(note_id="n1"))
    set_revision(market, "0000")
    for _ in range(10):
        make_due(market)
        drain_until_quiet(market)
    (row,) = deliveries(market)
    left = wait_until_quiet(market, 0)

    set_revision(market, "")
    make_due(market)
    drain_until_quiet(market)

    assert (row["state"], row["attempts"], left) == ("ready", 0, 1)
    assert "being updated" in row["last_error"]
    assert counted(business, "note:n1") == 1


def set_revision(runtime: Runtime, revision: str) -> None:
    with runtime.database.admin() as conn:
        conn.execute("UPDATE control.tenant_module SET revision = %s WHERE module = 'bazaar'", [revision])


def test_a_module_that_is_not_paid_for_does_not_react(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    with market.database.control() as conn:
        conn.execute("UPDATE control.tenant SET trial_ends_at = now() - interval '1 day'")
        conn.execute("DELETE FROM control.entitlement")
    unpaid = get_tenant(market.database, business.id)

    with tenant_work(unpaid):
        emit(bazaar.NotePinned(note_id="n1"))

    assert unpaid.modules["bazaar"].access == "read_only"
    assert deliveries(market) == []


def test_the_bell_rings_after_the_commit_and_not_before(
    market: Runtime, business: Tenant, bazaar: ModuleType
) -> None:
    valkey = market.bell.connection
    with tenant_work(business) as session:
        with session.begin_nested():
            emit(bazaar.NotePinned(note_id="n1"))
        inside = valkey.exists(mark(business.schema, "reaction"))

    assert (inside, valkey.exists(mark(business.schema, "reaction"))) == (0, 1)


def test_an_event_nobody_declared_is_refused(business: Tenant) -> None:
    @dataclass(frozen=True, kw_only=True)
    class MoonRose(Event):
        type: ClassVar[str] = "moon.rose"
        subject: ClassVar[tuple[str, str]] = ("moon", "name")
        name: str = "luna"

    with pytest.raises(BadEvent, match=r"no module declares the event moon\.rose"), tenant_work(business):
        emit(MoonRose())


def test_an_event_that_only_looks_like_the_declared_one_is_refused(business: Tenant) -> None:
    @dataclass(frozen=True, kw_only=True)
    class NotePinned(Event):
        type: ClassVar[str] = "note.pinned"
        subject: ClassVar[tuple[str, str]] = ("note", "note_id")
        note_id: str = "n1"

    with pytest.raises(BadEvent, match="is not what was declared"), tenant_work(business):
        emit(NotePinned())


def test_a_tenant_can_not_write_its_log_or_the_bus_by_hand(business: Tenant) -> None:
    for statement in (
        "INSERT INTO core_event (id, type, subject_type, subject_id) VALUES (uuidv7(), 'x.y', 'a', 'b')",
        "INSERT INTO bus.delivery (handler, kind) VALUES ('bazaar.tidy', 'job')",
        "SELECT count(*) FROM bus.delivery",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), tenant_work(business) as session:
            session.execute(text(statement))


@dataclass(frozen=True, kw_only=True)
class Sampler(Event):
    """Every kind of field an event may have."""

    type: ClassVar[str] = "sample.taken"
    subject: ClassVar[tuple[str, str]] = ("sample", "id")

    id: uuid.UUID
    at: dt.datetime
    on: dt.date
    price: Decimal
    tags: list[str]
    marks: tuple[int, ...]
    is_good: bool
    note: str | None = None
    other_id: uuid.UUID | None = None


def sample() -> Sampler:
    return Sampler(
        id=uuid.uuid4(),
        at=dt.datetime(2026, 3, 21, 12, tzinfo=dt.UTC),
        on=dt.date(2026, 3, 21),
        price=Decimal("1.50"),
        tags=["نوروز"],
        marks=(1, 2),
        is_good=True,
    )


def test_an_event_reads_back_as_it_was_written() -> None:
    event = sample()

    assert Sampler.from_data(event.to_data()) == event


def test_fields_added_later_take_their_default_and_removed_ones_are_ignored() -> None:
    data = sample().to_data() | {"gone": 1}
    del data["note"]

    assert Sampler.from_data(data).note is None


def test_stored_data_that_does_not_fit_is_a_bad_event() -> None:
    with pytest.raises(BadEvent, match=r"sample\.taken does not fit"):
        Sampler.from_data({"id": "no uuid"})


def test_ids_of_events_sort_as_they_were_made() -> None:
    made = []
    for _ in range(200):
        made.append(new_event_id())
        time.sleep(0.000_01)

    assert made == sorted(made)
    assert {(event_id.version, event_id.variant) for event_id in made} == {(7, uuid.RFC_4122)}


def test_a_naive_datetime_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Naive(Event):
        type: ClassVar[str] = "clock.struck"
        subject: ClassVar[tuple[str, str]] = ("clock", "at")
        at: dt.datetime

    with pytest.raises(BadEvent, match="must know its zone"):
        Naive(at=dt.datetime(2026, 1, 1)).to_data()  # noqa: DTZ001 - the point of the test


def test_an_envelope_loads_only_its_own_event() -> None:
    envelope = EventEnvelope(
        id=uuid.uuid4(),
        type="sample.taken",
        version=1,
        occurred_at=dt.datetime.now(dt.UTC),
        actor=SARA,
        subject_type="sample",
        subject_id="1",
        correlation_id=uuid.uuid4(),
        causation_id=None,
        hop=0,
        data=sample().to_data(),
    )

    assert envelope.load(Sampler).tags == ["نوروز"]
    with pytest.raises(BadEvent, match="is no Event"):
        envelope.load(type("Event", (Event,), {"type": "other.thing"}))


class Melted(Event):
    type: ClassVar[str] = "ice.melted"
    subject: ClassVar[tuple[str, str]] = ("ice", "id")


@dataclass(frozen=True, kw_only=True)
class Shouted(Event):
    type: ClassVar[str] = "Shouted!"
    subject: ClassVar[tuple[str, str]] = ("voice", "id")
    id: int


@dataclass(frozen=True, kw_only=True)
class Packed(Event):
    type: ClassVar[str] = "box.packed"
    subject: ClassVar[tuple[str, str]] = ("box", "id")
    id: int
    contents: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Lost(Event):
    type: ClassVar[str] = "key.lost"
    subject: ClassVar[tuple[str, str]] = ("key", "number")
    id: int


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Melted, "is not a frozen dataclass"),
        (Shouted, r"noun\.happened"),
        (Packed, "can not carry"),
        (Lost, "one of its fields"),
    ],
)
def test_a_badly_declared_event_is_refused(event: type[Event], reason: str) -> None:
    with pytest.raises(BadEvent, match=reason):
        check_event_class(event)
