"""Calls that came while the hub was away are known by the provider's list; numbers that take no texts"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("is_listed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "textless",
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_textless")),
    )


def downgrade() -> None:
    op.drop_table("textless")
    op.drop_column("calls", "is_listed")
