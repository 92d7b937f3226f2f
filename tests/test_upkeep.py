"""Housekeeping: what is needed for a while only goes when its time is over, and not before."""

from sqlalchemy import text

from charsu.jobs.draining import drain_until_quiet
from charsu.jobs.queueing import enqueue_platform


def test_cleaning_up_removes_old_marks_and_old_answers_and_keeps_the_young(runtime, tenant, tenant_work):
    with tenant_work(tenant) as session:
        session.execute(
            text(
                "INSERT INTO core_idempotency (principal, key, request_hash, status, body, created_at) VALUES"
                " ('p', 'young', '', 200, '', now() - interval '47 hours'),"
                " ('p', 'old', '', 200, '', now() - interval '49 hours')"
            )
        )
        session.execute(
            text(
                "INSERT INTO core_inbox (key, done_at) VALUES"
                " ('young', now() - interval '29 days'), ('old', now() - interval '31 days')"
            )
        )

    with runtime.database.control() as conn:
        enqueue_platform(conn, "core.clean_up")
    drain_until_quiet(runtime)

    with tenant_work(tenant, read_only=True) as session:
        answers = session.scalars(text("SELECT key FROM core_idempotency")).all()
        marks = session.scalars(text("SELECT key FROM core_inbox WHERE key IN ('young', 'old')")).all()
    assert (answers, marks) == (["young"], ["young"])


def test_cleaning_up_forgets_what_members_were_told_long_ago(runtime, people, tenant, tenant_work):
    member = people.member(tenant)
    with tenant_work(tenant) as session:
        session.execute(
            text(
                "INSERT INTO core_notification (member_id, title, created_at) VALUES"
                " (:m, 'young', now() - interval '180 days'), (:m, 'old', now() - interval '190 days')"
            ),
            {"m": member.member_id},
        )

    with runtime.database.control() as conn:
        enqueue_platform(conn, "core.clean_up")
    drain_until_quiet(runtime)

    with tenant_work(tenant, read_only=True) as session:
        assert session.scalars(text("SELECT title FROM core_notification")).all() == ["young"]
