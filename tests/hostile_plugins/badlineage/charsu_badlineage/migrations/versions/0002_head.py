"""One of two heads."""

revision = "0002"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
