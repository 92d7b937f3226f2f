"""Two records become one, with everything that hangs on them, and two again."""

import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.records.guild import CRAFTSMEN, WORKS, Craftsman

from charsu.db import tenant_work
from charsu.errors import Conflict, NotFound, PermissionDenied, RuleViolated
from charsu.records.access import RecordAccess, full_access
from charsu.records.merging.merge import Merging, merge
from charsu.records.merging.merges import merged_into
from charsu.records.merging.unmerge import unmerge
from charsu.records.service import service_of

#: What only grows: who did what and when, and what a merge noted about itself.
GROWING = ("core_change", "core_batch", "core_batch_item", "core_event", "core_inbox")


@pytest.fixture
def work(guild_people: Any, tenant: Any) -> Any:
    return lambda: tenant_work(tenant)


def together(tenant: Any, session: Any, access: RecordAccess | None = None) -> Merging:
    return Merging(tenant, session, CRAFTSMEN, access or full_access())


def join(tenant: Any, kept: uuid.UUID, lost: uuid.UUID, **values: Any) -> uuid.UUID:
    with tenant_work(tenant) as session:
        return merge(together(tenant, session), kept, lost, values)


def part(tenant: Any, merge_id: uuid.UUID) -> None:
    with tenant_work(tenant) as session:
        unmerge(together(tenant, session), merge_id)


def read(tenant: Any, record_id: uuid.UUID) -> Any:
    with tenant_work(tenant, read_only=True) as session:
        found = session.get(Craftsman, record_id)
        session.expunge(found)
        return found


def all_rows(tenant: Any) -> dict[str, list[Any]]:
    """Every row of every table of the business but those that only grow."""
    with tenant_work(tenant, read_only=True) as session:
        names = session.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
                " AND relkind = 'r' AND relname NOT LIKE 'v\\_%' ORDER BY 1"
            )
        )
        return {
            name: list(session.scalars(text(f"SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1")))
            for name in names
            if name not in GROWING
        }


def test_the_kept_record_fills_its_blanks_and_unites_lists(add, tenant):
    kept = add(full_name="مریم احمدی", phone="09121111111", tags=["خاتم"], note="نخست")
    lost = add(
        full_name="م. احمدی", phone="09122222222", email="m@example.com", tags=["خاتم", "مس"], note="دوم"
    )

    join(tenant, kept, lost)

    found = read(tenant, kept)
    assert (found.full_name, found.phone, found.email) == ("مریم احمدی", "+989121111111", "m@example.com")
    assert (found.tags, found.other_phones, found.note) == (["خاتم", "مس"], ["+989122222222"], "نخست")
    assert "m@example.com" in found.search_text


def test_chosen_values_win_and_the_lost_one_is_gone_from_lists(add, tenant, program):
    kept, lost = add(full_name="مریم"), add(full_name="مریم احمدی")

    join(tenant, kept, lost, full_name="بانو احمدی")

    assert read(tenant, kept).full_name == "بانو احمدی"
    assert read(tenant, lost).deleted_at is not None
    items = program().get("/api/v1/search?q=احمدی").json["items"]
    assert [item["id"] for item in items] == [str(kept)]


def test_everything_that_points_at_the_lost_one_moves_along(add, tenant, work):
    kept, lost = add(full_name="الف"), add(full_name="ب")
    made = [add(WORKS, title=f"کار {n}", craftsman_id=lost) for n in range(3)]
    other = add(WORKS, title="کار دیگر", craftsman_id=kept)
    with work() as session:
        session.execute(
            text("INSERT INTO core_file (name, media_type, byte_count, sha256) VALUES ('a', 'b', 0, '')")
        )
        session.execute(
            text(
                "INSERT INTO core_attachment (record_type, record_id, file_id)"
                " SELECT 'guild.craftsman', :id, id FROM core_file"
            ),
            {"id": lost},
        )

    merge_id = join(tenant, kept, lost)

    with work() as session:
        owners = dict(session.execute(text("SELECT id, craftsman_id FROM guild_work")).all())
        assert owners == dict.fromkeys([*made, other], kept)
        assert session.scalar(text("SELECT record_id FROM core_attachment")) == kept
        noted = session.execute(
            text("SELECT record_type, count(*) FROM core_change WHERE batch_id = :id GROUP BY 1"),
            {"id": merge_id},
        )
        assert dict(noted.all()) == {"guild.craftsman": 2, "guild.work": 3}
        moved = session.scalar(text("SELECT options -> 'moved' FROM core_batch"))
        assert moved == {"Works": 3, "Attachments": 1}


def test_undone_at_once_every_row_is_as_it_was(add, tenant):
    kept = add(full_name="الف", tags=["یک"])
    lost = add(full_name="ب", phone="09121234567", tags=["دو"])
    add(WORKS, title="کار", craftsman_id=lost)
    before = all_rows(tenant)

    merge_id = join(tenant, kept, lost)
    assert all_rows(tenant) != before
    part(tenant, merge_id)

    assert all_rows(tenant) == before


def test_what_changed_since_stays_and_what_came_since_stays_too(add, tenant, work):
    kept, lost = add(full_name="الف"), add(full_name="ب", phone="09121234567", email="b@example.com")
    moved = add(WORKS, title="پیشین", craftsman_id=lost)
    merge_id = join(tenant, kept, lost)
    later = add(WORKS, title="پسین", craftsman_id=kept)
    with work() as session:
        service_of(CRAFTSMEN, session, full_access()).update(kept, {"email": "new@example.com"})

    part(tenant, merge_id)

    found = read(tenant, kept)
    assert (found.phone, found.email) == (None, "new@example.com")
    assert read(tenant, lost).email == "b@example.com"
    with work() as session:
        owners = dict(session.execute(text("SELECT id, craftsman_id FROM guild_work")).all())
        assert owners == {moved: lost, later: kept}
        assert session.scalar(text("SELECT kept_count FROM core_batch")) == 1


def test_a_merge_is_undone_once_and_the_outer_one_first(add, tenant):
    first, second, third = add(full_name="الف"), add(full_name="ب"), add(full_name="پ")
    inner = join(tenant, second, third)
    outer = join(tenant, first, second)

    with pytest.raises(Conflict):
        part(tenant, inner)
    part(tenant, outer)
    part(tenant, inner)
    with pytest.raises(Conflict):
        part(tenant, inner)


def test_the_address_of_what_was_merged_leads_to_what_was_kept(add, tenant, work):
    first, second, third = add(full_name="الف"), add(full_name="ب"), add(full_name="پ")
    join(tenant, second, third)
    outer = join(tenant, first, second)

    with work() as session:
        assert merged_into(session, CRAFTSMEN.key, third) == first
        assert merged_into(session, CRAFTSMEN.key, first) is None
    part(tenant, outer)
    with work() as session:
        assert merged_into(session, CRAFTSMEN.key, third) == second


def test_a_browser_is_led_on_where_its_reader_may_see_the_kept_one(
    add, tenant, browser, guild_people, member
):
    kept, lost, gone = add(full_name="الف"), add(full_name="ب"), uuid.uuid4()
    path = "/guild/craftsmen"
    join(tenant, kept, lost)
    own = member(("guild.craftsman.read@own",))

    led = browser().get(f"{path}/{lost}")

    assert (led.status_code, led.headers["Location"]) == (303, f"{path}/{kept}")
    assert browser().get(f"{path}/{gone}").status_code == 404
    assert guild_people.browser(own).get(f"{path}/{lost}").status_code == 404


def test_with_itself_the_deleted_the_foreign_and_sample_data_nothing_is_merged(
    add, tenant, other_tenant, digest
):
    kept, gone, work_id = add(full_name="الف"), add(full_name="ب"), add(WORKS, title="کار")
    foreign = add(full_name="پ", at=other_tenant)
    sample = add(full_name="نمونه")
    with tenant_work(tenant) as session:
        service_of(CRAFTSMEN, session, full_access()).delete(gone)
        session.get(Craftsman, sample).is_sample = True
    before = digest(tenant)

    for other, refusal in (
        (kept, RuleViolated),
        (sample, RuleViolated),
        *((one, NotFound) for one in (gone, foreign, work_id, uuid.uuid4())),
    ):
        for pair in ((kept, other), (other, kept)):
            with pytest.raises(refusal):
                join(tenant, *pair)

    assert digest(tenant) == before


def test_nobody_merges_what_is_out_of_her_scope(add, tenant, member, digest):
    mine = member(("guild.craftsman.merge@own",)).member_id
    kept = add(full_name="الف", owner_id=mine)
    also, other = add(full_name="ب", owner_id=mine), add(full_name="پ")
    access = RecordAccess(member_id=mine, scopes={"merge": "own", "read": "own", "write": "own"})
    before = digest(tenant)

    for pair in ((kept, other), (other, kept)):
        with tenant_work(tenant) as session, pytest.raises(NotFound):
            merge(together(tenant, session, access), *pair)
    with tenant_work(tenant) as session, pytest.raises(PermissionDenied):
        merge(together(tenant, session, RecordAccess(member_id=mine, scopes={"write": "all"})), kept, also)
    assert digest(tenant) == before

    with tenant_work(tenant) as session:
        merge(together(tenant, session, access), kept, also)


def test_a_field_one_may_not_write_can_not_be_chosen_but_is_merged(add, tenant, digest):
    kept, lost = add(full_name="الف"), add(full_name="ب", phone="09121234567")
    access = RecordAccess(
        member_id=None, scopes={"merge": "all", "write": "all"}, field_rules={"phone": "none"}
    )

    with tenant_work(tenant) as session, pytest.raises(PermissionDenied):
        merge(together(tenant, session, access), kept, lost, {"phone": "09120000000"})
    with tenant_work(tenant) as session:
        merge(together(tenant, session, access), kept, lost)

    assert read(tenant, kept).phone == "+989121234567"


def test_a_link_between_the_two_does_not_become_one_to_itself(add, tenant, work):
    with work() as session:
        session.execute(
            text(
                "INSERT INTO core_custom_field (record_type, key, title, kind, options)"
                " VALUES ('guild.craftsman', 'master', 'Master', 'link', '{\"to\": \"guild.craftsman\"}')"
            )
        )
    kept, master = add(full_name="الف"), add(full_name="استاد")
    lost = add(full_name="ب", master=kept)
    pupil = add(full_name="شاگرد", master=lost)
    with work() as session:
        service_of(CRAFTSMEN, session, full_access()).update(kept, {"master": lost})
    before = all_rows(tenant)

    merge_id = join(tenant, kept, lost)

    assert read(tenant, pupil).custom == {"master": str(kept)}
    assert read(tenant, kept).custom == {"master": None}
    part(tenant, merge_id)
    assert all_rows(tenant) == before
    assert master


PEOPLE = st.fixed_dictionaries(
    {"full_name": st.sampled_from(["مریم", "Maryam", "م. احمدی"])},
    optional={
        "phone": st.sampled_from(["09121111111", "09122222222"]),
        "email": st.sampled_from(["a@example.com", "b@example.com"]),
        "craft": st.sampled_from(["copper", "tiles"]),
        "tags": st.lists(st.sampled_from(["یک", "دو", "سه"]), max_size=3),
        "note": st.sampled_from(["", "یادداشت"]),
        "other_phones": st.lists(st.sampled_from(["09121111111", "09123333333"]), max_size=2),
    },
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(kept=PEOPLE, lost=PEOPLE, works=st.integers(0, 3), reminders=st.integers(0, 2))
def test_merged_and_undone_leaves_every_row_as_it_was(add, tenant, member, kept, lost, works, reminders):
    ids = add(**kept), add(**lost)
    for n in range(works):
        add(WORKS, title=f"کار {n}", craftsman_id=ids[n % 2])
    person = member().member_id
    with tenant_work(tenant) as session:
        for n in range(reminders):
            session.execute(
                text(
                    "INSERT INTO core_reminder (record_type, record_id, member_id, minutes_before, remind_at)"
                    " VALUES ('guild.craftsman', :id, :member, 5, now())"
                ),
                {"id": ids[n], "member": person},
            )
    before = all_rows(tenant)

    part(tenant, join(tenant, *ids))

    assert all_rows(tenant) == before
