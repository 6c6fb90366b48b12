"""Mailboxes that are looked into: bookmarks, watches, what is known of senders, and a daily limit of answers"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import Json, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("position", Json, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_bookmarks_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", "place", name=op.f("pk_bookmarks")),
    )
    op.create_table(
        "watches",
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("held_until", UTCDateTime(), nullable=True),
        sa.Column("checked_at", UTCDateTime(), nullable=True),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("trouble_since", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_watches_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_watches")),
    )
    op.create_table(
        "authentications",
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("spf", sa.String(), nullable=False),
        sa.Column("dkim", sa.String(), nullable=False),
        sa.Column("dmarc", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_authentications_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_authentications")),
    )
    op.add_column("inboxes", sa.Column("acknowledge_daily", sa.Integer(), nullable=False, server_default="5"))


def downgrade() -> None:
    op.drop_column("inboxes", "acknowledge_daily")
    op.drop_table("authentications")
    op.drop_table("watches")
    op.drop_table("bookmarks")
