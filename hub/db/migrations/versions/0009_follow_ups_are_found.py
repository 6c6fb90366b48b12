"""Follow-ups are found from the case that they follow"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FOLLOWS = sa.text("follow_up_of IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cases_follow_up_of", ["follow_up_of"], sqlite_where=FOLLOWS, postgresql_where=FOLLOWS
        )


def downgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_follow_up_of", sqlite_where=FOLLOWS, postgresql_where=FOLLOWS)
