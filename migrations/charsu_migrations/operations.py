"""Operations that revisions of Charsu and of plugins share, next to those of Alembic."""

from typing import Protocol

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
