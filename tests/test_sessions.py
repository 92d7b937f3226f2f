"""One session serves one tenant, as that tenant's role."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, ProgrammingError

from charsu.db import db, tenant_work
from charsu_tenants.context import NoTenant, current_tenant, tenant_scope
from charsu_tenants.sessions import SecondTenant, TenantSession, owner_session, tenant_session


def test_without_a_tenant_no_statement_runs(database):
    with TenantSession(info={"database": database}) as session, pytest.raises(NoTenant):
        session.execute(text("SELECT 1"))


def test_a_session_refuses_a_second_tenant(database, tenant, other_tenant):
    with TenantSession(info={"database": database}) as session:
        with tenant_scope(tenant):
            session.execute(text("SELECT 1"))

        with tenant_scope(other_tenant), pytest.raises(SecondTenant):
            session.execute(text("SELECT 1"))


def test_a_session_stays_with_its_tenant_after_a_commit(database, tenant, other_tenant):
    with TenantSession(info={"database": database}) as session:
        with tenant_scope(tenant):
            session.execute(text("SELECT 1"))
            session.commit()

        with tenant_scope(other_tenant), pytest.raises(SecondTenant):
            session.execute(text("SELECT 1"))


def test_work_runs_as_the_role_and_in_the_schema_of_the_tenant(tenant):
    with tenant_work(tenant) as session:
        found = session.execute(text("SELECT session_user, current_user, current_schema()")).one()

    assert tuple(found) == (tenant.schema,) * 3


def test_read_only_work_is_refused_a_write(tenant):
    with tenant_work(tenant, read_only=True) as session, pytest.raises(InternalError, match="read-only"):
        session.execute(text("INSERT INTO core_setting VALUES ('a', '1')"))


def test_a_connection_that_read_may_write_for_the_next_one(tenant):
    with tenant_work(tenant, read_only=True) as session:
        session.execute(text("SELECT 1"))

    with tenant_work(tenant) as session:
        session.execute(text("INSERT INTO core_setting VALUES ('a', '1')"))

    with tenant_work(tenant, read_only=True) as session:
        assert session.execute(text("SELECT count(*) FROM core_setting")).scalar_one() == 1


def test_a_session_may_turn_read_only_after_its_rollback(tenant):
    with tenant_work(tenant) as session:
        session.execute(text("SELECT 1"))
        session.rollback()
        session.info["read_only"] = True
        state = session.execute(text("SELECT current_setting('transaction_read_only')")).scalar_one()
        session.rollback()

    assert state == "on"


def test_work_that_raises_changes_nothing(tenant):
    def fail():
        with tenant_work(tenant) as session:
            session.execute(text("INSERT INTO core_setting VALUES ('a', '1')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with tenant_work(tenant) as session:
        assert session.execute(text("SELECT count(*) FROM core_setting")).scalar_one() == 0


def test_work_inside_work_has_a_session_of_its_own(tenant, other_tenant):
    with tenant_work(tenant) as outer, tenant_work(other_tenant) as inner:
        assert inner is not outer
        assert current_tenant() == other_tenant
        assert inner.execute(text("SELECT session_user")).scalar_one() == other_tenant.schema


def test_the_scope_ends_when_its_block_raises(tenant):
    with pytest.raises(ZeroDivisionError), tenant_scope(tenant):
        raise ZeroDivisionError

    with pytest.raises(NoTenant):
        current_tenant()


def test_db_session_serves_the_tenant_of_the_work(tenant, other_tenant):
    with tenant_work(tenant):
        assert db.session.execute(text("SELECT session_user")).scalar_one() == tenant.schema

        with tenant_scope(other_tenant), pytest.raises(SecondTenant):
            db.session.execute(text("SELECT 1"))


def test_the_owner_session_writes_what_the_tenant_may_not(database, tenant):
    with owner_session(database, tenant) as session:
        session.execute(text("SELECT bus.emit(CAST(:event AS jsonb), '[]')"), {"event": _event()})
        session.execute(text("UPDATE core_event SET hop = 3"))

    with tenant_work(tenant) as session:
        assert session.execute(text("SELECT hop FROM core_event")).scalars().all() == [3]
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text("UPDATE core_event SET hop = 4"))
        session.rollback()


def test_the_owner_session_that_raises_changes_nothing(database, tenant):
    def fail():
        with owner_session(database, tenant) as session:
            session.execute(text("SELECT bus.emit(CAST(:event AS jsonb), '[]')"), {"event": _event()})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with tenant_scope(tenant), tenant_session(database) as session:
        assert session.execute(text("SELECT count(*) FROM core_event")).scalar_one() == 0


def _event():
    return '{"type": "thing.happened", "subject_type": "thing", "subject_id": "1"}'
