"""Alarms are raised by hand, too: by whom, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.add_column(sa.Column("raised_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=False, server_default=""))
        batch_op.create_foreign_key(batch_op.f("fk_alarms_raised_by"), "agents", ["raised_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_alarms_raised_by"), type_="foreignkey")
        batch_op.drop_column("reason")
        batch_op.drop_column("raised_by")
