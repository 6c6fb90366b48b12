"""Cases are listed by channel: from an index, however few came by it."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_channel_id", "cases", ["channel", "id"])


def downgrade() -> None:
    op.drop_index("ix_cases_channel_id", "cases")
