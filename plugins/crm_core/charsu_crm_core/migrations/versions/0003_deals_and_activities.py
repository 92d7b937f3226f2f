"""Roles in companies, pipelines with stages, deals with their history, interactions, tasks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from charsu_migrations.operations import append_only, record_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OUTCOMES = ("reached", "no_answer", "busy", "call_back", "interested", "not_interested", "done")
_LOST = ("price", "competitor", "timing", "no_need", "no_answer", "out_of_stock", "other")


def upgrade() -> None:
    _create_affiliation()
    _create_pipeline()
    _create_stage()
    _create_deal()
    _create_deal_stage()
    _create_interaction()
    _create_task()


def _create_affiliation() -> None:
    table = "crm_core_affiliation"
    record_table(
        op,
        table,
        _link("person_id"),
        _link("company_id"),
        _text("role"),
        sa.Column("since_on", sa.Date()),
        sa.Column("until_on", sa.Date()),
        _key(table, "person_id", "crm_core_customer"),
        _key(table, "company_id", "crm_core_customer"),
        _check(table, "role", "char_length(role) BETWEEN 1 AND 200"),
        _check(table, "ends", "person_id <> company_id"),
        _check(table, "until_on", "until_on >= since_on"),
    )
    for column in ("person_id", "company_id"):
        _live_index(table, column, [column])


def _create_pipeline() -> None:
    table = "crm_core_pipeline"
    record_table(
        op,
        table,
        _text("name"),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("makes_purchase", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _check(table, "name", "char_length(name) BETWEEN 1 AND 100"),
    )


def _create_stage() -> None:
    table = "crm_core_stage"
    record_table(
        op,
        table,
        _link("pipeline_id"),
        _text("name"),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("kind", sa.Text(), server_default="open", nullable=False),
        sa.Column("probability", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rotting_days", sa.SmallInteger()),
        _list("required_fields"),
        _list("checklist"),
        _key(table, "pipeline_id", "crm_core_pipeline"),
        _check(table, "name", "char_length(name) BETWEEN 1 AND 100"),
        _check(table, "kind", "kind IN ('open', 'won', 'lost')"),
        _check(table, "probability", "probability BETWEEN 0 AND 100"),
        _check(table, "rotting_days", "rotting_days BETWEEN 1 AND 999"),
    )
    _live_index(table, "pipeline", ["pipeline_id", "position"])


def _create_deal() -> None:
    table = "crm_core_deal"
    record_table(
        op,
        table,
        _text("title"),
        _link("customer_id"),
        _link("pipeline_id"),
        _link("stage_id"),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("amount_minor", sa.BigInteger()),
        _text("currency"),
        sa.Column("probability", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("expected_close_on", sa.Date()),
        sa.Column("lost_reason", sa.Text()),
        _list("competitors"),
        sa.Column("products", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        _list("ticked"),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("stage_since", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("touched_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.Column("purchase_id", sa.Uuid()),
        _key(table, "customer_id", "crm_core_customer"),
        _key(table, "pipeline_id", "crm_core_pipeline"),
        _key(table, "stage_id", "crm_core_stage"),
        _key(table, "purchase_id", "crm_core_purchase"),
        _check(table, "title", "char_length(title) BETWEEN 1 AND 200"),
        _check(table, "state", "state IN ('open', 'won', 'lost')"),
        _check(table, "closed", "(state = 'open') = (closed_at IS NULL)"),
        _check(table, "amount", "amount_minor BETWEEN 0 AND 1000000000000000"),
        _check(table, "currency", "currency ~ '^[A-Z]{3}$'"),
        _check(table, "probability", "probability BETWEEN 0 AND 100"),
        _check(table, "lost_reason", _one_of("lost_reason", _LOST)),
        _check(table, "lost", "state <> 'lost' OR lost_reason IS NOT NULL"),
        _check(table, "note", "char_length(note) <= 4000"),
    )
    _live_index(table, "customer", ["customer_id"])
    _live_index(table, "stage", ["pipeline_id", "stage_id"])
    _live_index(table, "state", ["state", sa.text("created_at DESC"), sa.text("id DESC")])


def _create_deal_stage() -> None:
    table = "crm_core_deal_stage"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        _link("deal_id"),
        _link("stage_id"),
        sa.Column("from_stage_id", sa.Uuid()),
        sa.Column("seconds", sa.BigInteger()),
        sa.Column("entered_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _key(table, "deal_id", "crm_core_deal"),
        _key(table, "stage_id", "crm_core_stage"),
        _key(table, "from_stage_id", "crm_core_stage"),
        _check(table, "seconds", "seconds >= 0"),
    )
    op.create_index(f"ix_{table}_deal", table, ["deal_id", sa.text("entered_at DESC")])
    append_only(op, table)


def _create_interaction() -> None:
    table = "crm_core_interaction"
    record_table(
        op,
        table,
        _text("kind"),
        sa.Column("direction", sa.Text()),
        _link("customer_id"),
        sa.Column("deal_id", sa.Uuid()),
        sa.Column("happened_at", _INSTANT, server_default=sa.text("now()"), nullable=False),
        _text("subject"),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("next_step", sa.Text()),
        sa.Column("next_on", sa.Date()),
        sa.Column("task_id", sa.Uuid()),
        _key(table, "customer_id", "crm_core_customer"),
        _key(table, "deal_id", "crm_core_deal"),
        _check(table, "kind", _one_of("kind", ("call", "email", "meeting", "message", "note"))),
        _check(table, "direction", "direction IN ('in', 'out')"),
        _check(table, "subject", "char_length(subject) BETWEEN 1 AND 200"),
        _check(table, "text", "char_length(text) <= 4000"),
        _check(table, "outcome", _one_of("outcome", _OUTCOMES)),
    )
    newest = [sa.text("happened_at DESC"), sa.text("id DESC")]
    _live_index(table, "customer", ["customer_id", *newest])
    _live_index(table, "deal", ["deal_id", *newest])
    _live_index(table, "happened", newest)


def _create_task() -> None:
    table = "crm_core_task"
    record_table(
        op,
        table,
        _text("title"),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("deal_id", sa.Uuid()),
        sa.Column("due_at", _INSTANT),
        sa.Column("ends_at", _INSTANT),
        sa.Column("is_all_day", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("priority", sa.Text(), server_default="normal", nullable=False),
        sa.Column("done_at", _INSTANT),
        _list("reminders"),
        sa.Column("remind_by_email", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("recurrence", postgresql.JSONB()),
        sa.Column("checklist", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("repeated_from_id", sa.Uuid()),
        _key(table, "customer_id", "crm_core_customer"),
        _key(table, "deal_id", "crm_core_deal"),
        _check(table, "title", "char_length(title) BETWEEN 1 AND 200"),
        _check(table, "priority", _one_of("priority", ("low", "normal", "high", "urgent"))),
        _check(table, "ends_at", "ends_at >= due_at"),
        _check(table, "note", "char_length(note) <= 4000"),
    )
    _live_index(table, "customer", ["customer_id"])
    op.create_index(
        f"ix_{table}_open",
        table,
        ["due_at", "id"],
        postgresql_where=sa.text("done_at IS NULL AND deleted_at IS NULL"),
    )
    op.create_index(
        f"ix_{table}_deal",
        table,
        ["deal_id", "due_at"],
        postgresql_where=sa.text("done_at IS NULL AND deleted_at IS NULL"),
    )
    op.create_index(
        f"ux_{table}_repeated",
        table,
        ["repeated_from_id"],
        unique=True,
        postgresql_where=sa.text("repeated_from_id IS NOT NULL"),
    )


_INSTANT = sa.DateTime(timezone=True)


def _live_index(table: str, name: str, columns: Sequence[str | sa.TextClause]) -> None:
    op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=sa.text("deleted_at IS NULL"))


def _link(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False)


def _list(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
