"""Operations that revisions of Charsu and of plugins share, next to those of Alembic."""

from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

#: Tenant roles carry the name of their schema, so a revision needs no name to reach its own.
_REVOKE = """
DO $$ BEGIN
  EXECUTE format('REVOKE {privileges} ON TABLE {table} FROM %I', current_schema());
END $$
"""


class Executes(Protocol):
    """What both `alembic.op` and an `Operations` object are."""

    def execute(self, sqltext: str, /) -> None:
        """Run, or render, one statement."""


class Creates(Executes, Protocol):
    """`alembic.op`, as far as `record_table` uses it."""

    def create_table(self, name: str, /, *columns: Any) -> Any:
        """Create a table."""

    def create_index(self, index_name: str | None, table_name: str, columns: Any, **kw: Any) -> Any:
        """Create an index."""

    def f(self, name: str, /) -> str:
        """Take a name as it stands."""


def record_table(op: Creates, table: str, *columns: sa.Column[Any] | sa.Constraint) -> None:
    """Create the table of a record type: the columns every record has, these, and the indexes lists need.

    Indexes: the newest live records, the search text by trigrams, the owner.
    """
    op.create_table(
        _name(table),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        *columns,
        sa.Column("owner_id", sa.Uuid()),
        sa.Column("custom", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        f"ix_{table}_newest",
        table,
        [sa.text("created_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        f"ix_{table}_search",
        table,
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "ext.gin_trgm_ops"},
    )
    op.create_index(f"ix_{table}_owner", table, ["owner_id"], postgresql_where=sa.text("deleted_at IS NULL"))


def append_only(op: Executes, table: str) -> None:
    """Leave the tenant's role INSERT and SELECT on `table`: what is written there stays as it was written."""
    op.execute(_REVOKE.format(privileges="UPDATE, DELETE, TRUNCATE", table=_name(table)))


def read_only(op: Executes, table: str) -> None:
    """Leave the tenant's role SELECT alone on `table`; only the platform writes there."""
    op.execute(_REVOKE.format(privileges="INSERT, UPDATE, DELETE, TRUNCATE", table=_name(table)))


def _name(table: str) -> str:
    if not table.isidentifier():
        raise ValueError(f"{table!r} is not a table name")
    return table
