"""Files that wait, copies, participants, templates, joined cases"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import Json, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HELD = sa.text("state = 'held'")


def upgrade() -> None:
    op.create_table(
        "templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("texts", Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("slug", name=op.f("uq_templates_slug")),
    )
    op.create_table(
        "envelopes",
        sa.Column("message_id", BIG, autoincrement=False, nullable=False),
        sa.Column("cc", Json, nullable=False),
        sa.Column("bcc", Json, nullable=False),
        sa.Column("quotes", sa.Boolean(), nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_envelopes_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_envelopes")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_uploads_agent_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_uploads_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index("ix_uploads_at", ["at"], unique=False)
        batch_op.create_index("ix_uploads_agent_id_case_id", ["agent_id", "case_id"], unique=False)
    op.create_table(
        "participants",
        sa.Column("case_id", BIG, autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_participants_agent_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_participants_case_id")),
        sa.PrimaryKeyConstraint("case_id", "uri", name=op.f("pk_participants")),
    )
    op.create_table(
        "merges",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("into_id", BIG, nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("message_ids", Json, nullable=False),
        sa.Column("participants", Json, nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_merges_agent_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_merges_case_id")),
        sa.ForeignKeyConstraint(["into_id"], ["cases.id"], name=op.f("fk_merges_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    with op.batch_alter_table("merges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merges_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_merges_into_id"), ["into_id"], unique=False)
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index("ix_attachments_held", ["due_at"], sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index("ix_attachments_held", sqlite_where=HELD, postgresql_where=HELD)
    for table in ("merges", "participants", "uploads", "envelopes", "templates"):
        op.drop_table(table)
