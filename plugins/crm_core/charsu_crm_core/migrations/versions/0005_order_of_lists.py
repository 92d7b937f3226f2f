"""Indexes for lists in the order of names and of amounts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: The steps of `charsu.records.sql_alphabet` at the time of this revision; an index serves only the very same
#: expression. A change there needs an index of its own, and a test of the plan says so.
_STEPS = (
    ("\u200c", ""),
    ("\u064a", "\u06cc"),
    ("\u0649", "\u06cc"),
    ("\u0626", "\u06cc"),
    ("\u0623", "\u0627"),
    ("\u0625", "\u0627"),
    ("\u0629", "\u0647"),
    ("\u0624", "\u0648"),
    ("\u06a9", "\u0643"),
    ("\u06af", "\u0643\U0010ffff"),
    ("\u067e", "\u0628\U0010ffff"),
    ("\u0686", "\u062c\U0010ffff"),
    ("\u0698", "\u0632\U0010ffff"),
    ("\u0648", "\u0646\U0010ffff"),
)
_LIVE = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    name = "lower(full_name)"
    for source, target in _STEPS:
        name = f"replace({name}, '{source}', '{target}')"
    op.create_index(
        "ix_crm_core_customer_name",
        "crm_core_customer",
        [sa.text(f"({name})"), "id"],
        postgresql_where=_LIVE,
    )
    op.create_index(
        "ix_crm_core_purchase_amount",
        "crm_core_purchase",
        ["amount_minor", "id"],
        postgresql_where=_LIVE,
    )
