"""A small original of a message is kept in the database, in the transaction of its message"""

import sqlalchemy as sa
from alembic import op

from hub.errors import Invalid

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
    """Raises Invalid while the table holds mails: nothing else has them."""
    kept = op.get_bind().execute(sa.text("SELECT count(*) FROM originals")).scalar()
    if kept:
        raise Invalid(
            f"The database holds {kept} originals of mails, which would be lost. "
            "An older version of the hub needs a backup that was made by it."
        )
    op.drop_table("originals")
