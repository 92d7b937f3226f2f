import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.people.conftest import PASSWORD, VISITOR

from charsu.errors import Conflict, DomainError, RuleViolated, TooManyRequests
from charsu.people import signup
from charsu.people.login import arrive
from charsu.people.signup import finish_sign_up, sign_up, spare_lineages
from charsu.people.signup_form import SignUpForm
from charsu.people.visitors import Visitor
from charsu_tenants.door import Door
from charsu_tenants.opaque import digest
from charsu_tenants.registry import find_by_slug, list_tenants
from charsu_tenants.spares import count_spares, fill_spares

FORM = SignUpForm(business_name="فروشگاه هل", slug="cardamom", email="owner@example.com", password=PASSWORD)


@pytest.fixture
def rows(runtime):
    """`rows()`: how many rows each control table holds."""

    def count():
        with runtime.database.control() as conn:
            tables = [
                row["name"]
                for row in conn.execute(
                    "SELECT tablename AS name FROM pg_tables WHERE schemaname IN ('control', 'bus')"
                    " AND tablename NOT LIKE 'v\\_%' ORDER BY 1"
                )
            ]
            return {
                name: conn.execute(
                    f"SELECT count(*) AS found FROM {'bus' if name == 'delivery' else 'control'}.{name}"
                ).fetchone()["found"]
                for name in tables
            }

    return count


def owner_of(runtime, made):
    session = arrive(made.tenant, ticket=made.arrival_url.partition("ticket=")[2], visitor=VISITOR)
    base = runtime.settings.base_host
    return Door(runtime.database, base).admit(
        f"{made.tenant.slug}.{base}", session_hash=digest(session.token)
    )


def test_sign_up_makes_a_business_with_its_owner_inside(runtime, tenant, audit):
    made = sign_up(FORM, VISITOR)

    found = owner_of(runtime, made)
    assert found.tenant.name == "فروشگاه هل"
    assert found.tenant.locale == "fa"
    assert found.tenant.calendar == "jalali"
    assert found.person.role_key == "owner"
    assert found.person.can("anything.at.all")
    assert found.tenant.modules["crm_core"].access == "full"
    assert "loyalty" not in found.tenant.modules
    assert 13.9 < (found.tenant.trial_ends_at - made.user.created_at).total_seconds() / 86400 < 14.1
    assert "business.signed_up" in audit()


def test_the_owner_stands_in_the_tenants_own_members(runtime, tenant, tenant_work):
    made = sign_up(FORM, VISITOR)

    with tenant_work(made.tenant) as session:
        members = session.connection().exec_driver_sql("SELECT email, is_active FROM core_member").all()

    assert members == [("owner@example.com", True)]


def test_modules_bring_what_they_require(runtime, tenant):
    made = sign_up(replace(FORM, modules=["loyalty"]), VISITOR)

    assert {"core", "crm_core", "loyalty"} == set(find_by_slug(runtime.database, "cardamom").modules)
    assert made.tenant.slug == "cardamom"


def test_english_sign_up_reads_gregorian(runtime, tenant):
    made = sign_up(replace(FORM, locale="en"), VISITOR)

    assert (made.tenant.locale, made.tenant.calendar) == ("en", "gregorian")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"business_name": " "}, "business_name"),
        ({"business_name": "x" * 101}, "business_name"),
        ({"slug": "ab"}, "slug"),
        ({"slug": "No Good"}, "slug"),
        ({"slug": "admin"}, "slug"),
        ({"slug": "x" * 64}, "slug"),
        ({"email": "nonsense"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "1234567890"}, "password"),
        ({"password": "aaaaaaaaaaaa"}, "password"),
        ({"password": "owner@example.com"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"locale": "de"}, "locale"),
        ({"modules": ["nosuch"]}, "modules"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_made(runtime, tenant, rows, change, field):
    before = rows()

    with pytest.raises(RuleViolated) as caught:
        sign_up(replace(FORM, **change), VISITOR)

    assert caught.value.field == field
    assert caught.value.message
    assert rows() == before


def test_a_taken_slug_does_not_tell_whether_an_address_has_an_account(crew, tenant):
    known = crew.join(tenant)

    for email in (known, "nobody@example.com"):
        with pytest.raises(Conflict) as caught:
            sign_up(replace(FORM, slug=tenant.slug, email=email), VISITOR)
        assert caught.value.code == "slug_taken"


def test_a_taken_slug_is_a_conflict_and_leaves_nothing(runtime, tenant, rows):
    before = rows()

    with pytest.raises(Conflict) as caught:
        sign_up(replace(FORM, slug=tenant.slug), VISITOR)

    assert (caught.value.field, caught.value.code) == ("slug", "slug_taken")
    after = rows()
    assert {name for name in before if before[name] != after[name]} <= {"tenant", "tenant_module"}
    assert not [one for one in list_tenants(runtime.database) if one.status != "active"]


def test_of_two_sign_ups_for_one_slug_one_wins(runtime, tenant):
    def attempt(number):
        try:
            return sign_up(replace(FORM, email=f"owner{number}@example.com"), VISITOR)
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))

    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Conflict", "Conflict", "SignUp"]
    assert {one.code for one in outcomes if isinstance(one, Conflict)} == {"slug_taken"}
    with runtime.database.control() as conn:
        users = conn.execute("SELECT email FROM control.app_user WHERE email LIKE 'owner%'").fetchall()
    assert len(users) == 1


def test_an_account_opens_a_second_business_with_its_own_password(runtime, tenant):
    first = sign_up(FORM, VISITOR)
    second = sign_up(replace(FORM, slug="saffron-two"), VISITOR)

    assert first.user.id == second.user.id
    assert owner_of(runtime, second).person.email == "owner@example.com"


def test_nobody_adds_a_business_to_another_persons_account(runtime, tenant, rows):
    sign_up(FORM, VISITOR)
    before = rows()

    with pytest.raises(RuleViolated) as caught:
        sign_up(replace(FORM, slug="thief", password="another good password"), VISITOR)

    assert caught.value.code == "wrong_login"
    assert rows() == before


def test_sign_up_is_no_way_around_the_login_limit(runtime, tenant):
    sign_up(FORM, VISITOR)

    def guess(_):
        with pytest.raises(DomainError) as caught:
            sign_up(replace(FORM, slug="thief", password="another good password"), Visitor("203.0.113.8"))
        return type(caught.value)

    assert [guess(number) for number in range(11)].count(TooManyRequests) == 1


def test_sign_ups_of_one_network_are_limited(runtime, tenant):
    bad = replace(FORM, slug="x")
    kinds = []
    for _ in range(21):
        with pytest.raises(DomainError) as caught:
            sign_up(bad, VISITOR)
        kinds.append(type(caught.value))

    assert kinds == [RuleViolated] * 20 + [TooManyRequests]


class Broken(Exception):
    pass


def broken(*_args, **_kwargs):
    raise Broken


@pytest.mark.parametrize(
    "step", ["take_spare_in", "create_membership", "enqueue_platform_once", "seat_member", "enable_module"]
)
def test_a_failing_step_leaves_nothing_and_the_slug_is_free(runtime, tenant, rows, monkeypatch, step):
    fill_spares(runtime.database, 2, spare_lineages())
    before = rows()
    with monkeypatch.context() as patch:
        patch.setattr(signup, step, broken)
        with pytest.raises(Broken):
            sign_up(FORM, VISITOR)
    after = rows()

    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"tenant", "tenant_module"}  # a spare may be spent, never a row of a business
    assert find_by_slug(runtime.database, "cardamom") is None
    assert sign_up(FORM, VISITOR).tenant.slug == "cardamom"


@pytest.mark.parametrize("step", ["seat_member", "enable_module"])
def test_a_sign_up_whose_process_died_is_finished_by_its_job(runtime, tenant, monkeypatch, step):
    class Killed(BaseException):
        pass

    def die(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(signup, step, die)
        with pytest.raises(Killed):
            sign_up(FORM, VISITOR)
    with runtime.database.control() as conn:
        [job] = conn.execute("SELECT payload FROM bus.delivery WHERE handler = 'core.finish_sign_up'")
    payload = job["payload"]
    for _ in range(2):
        finish_sign_up(find_by_slug(runtime.database, "cardamom").id, payload["modules"])

    found = find_by_slug(runtime.database, "cardamom")
    assert "crm_core" in found.modules
    assert str(found.id) == payload["tenant_id"]


def test_a_finished_sign_up_leaves_no_job(runtime, tenant):
    sign_up(FORM, VISITOR)

    with runtime.database.control() as conn:
        waiting = conn.execute("SELECT 1 FROM bus.delivery WHERE handler = 'core.finish_sign_up'").fetchall()
    assert waiting == []


def test_sign_up_takes_a_ready_schema(runtime, tenant):
    fill_spares(runtime.database, 1, spare_lineages())
    before = count_spares(runtime.database, spare_lineages())

    sign_up(FORM, VISITOR)

    assert count_spares(runtime.database, spare_lineages()) == before - 1


def test_sign_ups_in_a_row_are_quick(runtime, tenant):
    fill_spares(runtime.database, 5, spare_lineages())
    times = []
    for number in range(5):
        start = time.perf_counter()
        sign_up(replace(FORM, slug=f"quick-{number}", email=f"quick{number}@example.com"), VISITOR)
        times.append(time.perf_counter() - start)

    assert min(times) < 1


def test_what_a_sign_up_wrote_is_on_the_disk_when_it_answers(runtime, tenant, monkeypatch):
    # Its commits but the last do not wait for the disk; one that never did would lose an answered sign-up.
    written = []
    ticket = signup.arrival_url

    def position(conn, column):
        row = conn.execute(f"SELECT {column}() - '0/0'::pg_lsn AS bytes").fetchone()
        return row["bytes"]

    def seen(conn, **who):
        written.append(position(conn, "pg_current_wal_insert_lsn"))
        return ticket(conn, **who)

    monkeypatch.setattr(signup, "arrival_url", seen)
    sign_up(FORM, VISITOR)

    with runtime.database.control() as conn:
        assert position(conn, "pg_current_wal_flush_lsn") >= written[0]
