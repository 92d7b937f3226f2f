"""The registry: addresses, doors that close and open, and an end that leaves nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from charsu.db import tenant_work
from charsu_tenants.database import Database
from charsu_tenants.registry import (
    UnknownTenant,
    create_tenant,
    erase_tenant,
    find_by_id,
    find_by_schema,
    find_by_slug,
    list_tenants,
    resume_tenant,
    suspend_tenant,
    update_preferences,
)
from charsu_tenants.slugs import InvalidSlug, check_slug


@pytest.mark.parametrize("slug", ["abc", "cafe-24", "a1b", "x" * 40, "123"])
def test_plain_words_are_good_addresses(slug):
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("", "length"),
        ("ab", "length"),
        ("x" * 41, "length"),
        ("Caf", "letters"),
        ("کافه", "letters"),
        ("a_b", "letters"),
        ("-abc", "letters"),
        ("abc-", "letters"),
        ("a--b", "letters"),
        ("a.b", "letters"),
        ("abc\n", "letters"),
        ("www", "reserved"),
        ("admin", "reserved"),
        ("api", "reserved"),
        ("xn-abc", None),
    ],
)
def test_addresses_that_will_not_do_say_why(slug, reason):
    if reason is None:
        assert check_slug(slug) == slug
        return

    with pytest.raises(InvalidSlug) as refusal:
        check_slug(slug)

    assert refusal.value.reason == reason
    assert refusal.value.code == f"slug_{reason}"
    assert refusal.value.message("fa") != refusal.value.message("en")


def test_a_tenant_is_found_by_each_of_its_names(database, tenant):
    assert find_by_slug(database, tenant.slug) == tenant
    assert find_by_id(database, tenant.id) == tenant
    assert find_by_schema(database, tenant.schema) == tenant
    assert find_by_slug(database, "nobody-here") is None


def test_suspending_and_resuming_may_be_repeated(database, tenant):
    assert suspend_tenant(database, tenant.id).status == "suspended"
    assert suspend_tenant(database, tenant.id).status == "suspended"
    assert resume_tenant(database, tenant.id).status == "active"
    assert resume_tenant(database, tenant.id).status == "active"


def test_preferences_change_one_by_one(database, tenant):
    changed = update_preferences(database, tenant.id, locale="en", calendar="gregorian")

    assert (changed.locale, changed.calendar, changed.timezone) == ("en", "gregorian", tenant.timezone)
    with pytest.raises(ValueError, match="preferences are"):
        update_preferences(database, tenant.id, slug="other")


def test_an_erased_tenant_leaves_no_schema_role_or_row(database):
    doomed = create_tenant(database, slug="doomed", name="")
    with tenant_work(doomed) as session:
        session.execute(text("INSERT INTO core_setting VALUES ('a', '1')"))
        session.execute(text('SELECT bus.emit(NULL, \'[{"handler": "a.b", "kind": "job"}]\')'))

    erased = erase_tenant(database, doomed.id)

    assert erased.schema == doomed.schema
    assert find_by_id(database, doomed.id) is None
    with database.admin() as admin:
        left = admin.execute(
            """SELECT nspname FROM pg_namespace WHERE nspname = %(name)s
            UNION ALL SELECT rolname FROM pg_roles WHERE rolname = %(name)s
            UNION ALL SELECT tenant FROM bus.delivery WHERE tenant = %(name)s""",
            {"name": doomed.schema},
        ).fetchall()
    assert left == []
    assert create_tenant(database, slug="doomed", name="").id != doomed.id


def test_erasing_ends_the_work_that_goes_on(database):
    doomed = create_tenant(database, slug="busy", name="")
    elsewhere = Database(database.url, database.secret_key)
    try:
        with elsewhere.engine(doomed).connect() as connection:
            connection.execute(text("SELECT 1"))
            erase_tenant(database, doomed.id)

            with pytest.raises(OperationalError):
                connection.execute(text("SELECT * FROM core_setting"))
    finally:
        elsewhere.close()


def test_erasing_takes_along_what_the_role_itself_made(database):
    doomed = create_tenant(database, slug="maker", name="")
    with database.admin() as admin:
        admin.execute(f"SELECT lo_create(4711); ALTER LARGE OBJECT 4711 OWNER TO {doomed.schema}")

    erase_tenant(database, doomed.id)

    with database.admin() as admin:
        assert admin.execute("SELECT 1 FROM pg_largeobject_metadata WHERE oid = 4711").fetchone() is None


def test_erasing_what_is_not_there_is_no_fault(database, tenant):
    missing = create_tenant(database, slug="missing", name="")
    erase_tenant(database, missing.id)

    assert erase_tenant(database, missing.id) is None
    with pytest.raises(UnknownTenant):
        suspend_tenant(database, missing.id)


def test_an_erasure_that_was_killed_is_finished_by_the_next(database):
    doomed = create_tenant(database, slug="half", name="")
    with database.control() as control:
        control.execute("UPDATE control.tenant SET status = 'erasing' WHERE id = %s", [doomed.id])
    with database.admin() as admin:
        admin.execute(f"DROP SCHEMA {doomed.schema} CASCADE")

    assert erase_tenant(database, doomed.id) is not None
    assert find_by_id(database, doomed.id) is None


def test_people_who_belong_nowhere_else_go_with_the_tenant(database, tenant):
    doomed = create_tenant(database, slug="with-people", name="")
    with database.control() as control:
        people = []
        for email, tenants in (("a@example.com", [doomed]), ("b@example.com", [doomed, tenant])):
            user = control.execute(
                "INSERT INTO control.app_user (email) VALUES (%s) RETURNING id", [email]
            ).fetchone()["id"]
            people.append(user)
            for one in tenants:
                role = control.execute(
                    """INSERT INTO control.role (tenant_id, key, title) VALUES (%s, %s, 'x') RETURNING id""",
                    [one.id, email],
                ).fetchone()["id"]
                control.execute(
                    """INSERT INTO control.membership (user_id, tenant_id, role_id, member_id)
                    VALUES (%s, %s, %s, uuidv7())""",
                    [user, one.id, role],
                )

    erase_tenant(database, doomed.id)

    with database.control() as control:
        left = control.execute("SELECT id FROM control.app_user WHERE id = ANY(%s)", [people]).fetchall()
    assert left == [{"id": people[1]}]


def test_the_list_shows_tenants_by_address(database, tenant, other_tenant):
    assert [one.slug for one in list_tenants(database)] == sorted([tenant.slug, other_tenant.slug])
