"""A small original of a message is kept in the database, in the transaction of its message"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "originals",
        sa.Column(
            "attachment_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachments.id"], name=op.f("fk_originals_attachment_id")),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_originals")),
    )


def downgrade() -> None:
    op.drop_table("originals")
