"""Alarms leave before everything else; whom an alarm has called sees its case"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

URGENT = sa.text("status = 'queued' AND automatic_why IN ('alarm', 'emergency')")


def upgrade() -> None:
    op.create_table(
        "called_agents",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_called_agents_case_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_called_agents_agent_id")),
        sa.PrimaryKeyConstraint("case_id", "agent_id", name=op.f("pk_called_agents")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_alarms", ["inbox_id", "due_at"], sqlite_where=URGENT, postgresql_where=URGENT
        )


def downgrade() -> None:
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_alarms", sqlite_where=URGENT, postgresql_where=URGENT)
    op.drop_table("called_agents")
