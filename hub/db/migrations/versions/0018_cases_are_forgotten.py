"""How long cases are kept after they were closed, which are forgotten, and contents that are to go"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TO_FORGET = sa.text("status = 'closed' AND forgotten_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "dropped_contents",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_dropped_contents")),
    )
    op.add_column("cases", sa.Column("forgotten_at", UTCDateTime(), nullable=True))
    op.add_column("queues", sa.Column("forget_after", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("case_types", sa.Column("forget_after", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_cases_to_forget", "cases", ["queue_id", "closed_at"], sqlite_where=TO_FORGET, postgresql_where=TO_FORGET
    )


def downgrade() -> None:
    op.drop_index("ix_cases_to_forget", "cases")
    for table, name in (("case_types", "forget_after"), ("queues", "forget_after"), ("cases", "forgotten_at")):
        op.drop_column(table, name)
    op.drop_table("dropped_contents")
