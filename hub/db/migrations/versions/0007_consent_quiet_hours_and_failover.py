"""The consent ledger; an inbox's quiet hours, and who sends in its place"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import Json, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INBOX = ("quiet", "failover", "failover_minutes", "refusing_since")


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("uri", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_consents_inbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_uri_id", "consents", ["uri", "id"])
    op.add_column("inboxes", sa.Column("quiet", Json, nullable=False, server_default="{}"))
    op.add_column("inboxes", sa.Column("failover", sa.String(), nullable=False, server_default=""))
    op.add_column("inboxes", sa.Column("failover_minutes", sa.Integer(), nullable=False, server_default="10"))
    op.add_column("inboxes", sa.Column("refusing_since", UTCDateTime(), nullable=True))


def downgrade() -> None:
    for name in _INBOX:
        op.drop_column("inboxes", name)
    op.drop_index("ix_consents_uri_id", "consents")
    op.drop_table("consents")
