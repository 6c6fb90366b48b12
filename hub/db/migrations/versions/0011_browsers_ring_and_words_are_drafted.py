"""Agents' browsers can be rung, and the hub's own machine drafts the words of recordings"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent_phones", sa.Column("in_browser", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "draft_transcripts",
        sa.Column("attachment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachments.id"], name=op.f("fk_draft_transcripts_attachment_id")),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_draft_transcripts")),
    )
    op.create_index(
        "ix_draft_transcripts_due",
        "draft_transcripts",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_draft_transcripts_due", table_name="draft_transcripts")
    op.drop_table("draft_transcripts")
    op.drop_column("agent_phones", "in_browser")
