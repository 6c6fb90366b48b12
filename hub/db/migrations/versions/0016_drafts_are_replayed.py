"""Who changed what in a draft of the rules; its replay with how far it is"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import Json, UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["rule_drafts.id"], name=op.f("fk_draft_changes_draft_id")),
        sa.ForeignKeyConstraint(["version"], ["rule_sets.version"], name=op.f("fk_draft_changes_version")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_draft_changes_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_changes")),
    )
    op.create_index(op.f("ix_draft_changes_draft_id"), "draft_changes", ["draft_id"])
    op.create_index(op.f("ix_draft_changes_version"), "draft_changes", ["version"])
    op.create_table(
        "replay_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("found", Json, nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("told_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["rule_drafts.id"], name=op.f("fk_replay_runs_draft_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_replay_runs_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_runs")),
    )
    op.create_index(op.f("ix_replay_runs_draft_id"), "replay_runs", ["draft_id"])


def downgrade() -> None:
    op.drop_table("replay_runs")
    op.drop_table("draft_changes")
