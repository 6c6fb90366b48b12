"""Who said that they are here counts as away when their last page is closed: when one was last open."""

import sqlalchemy as sa
from alembic import op

from hub.db.types import UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("presences", sa.Column("seen_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("presences", "seen_at")
