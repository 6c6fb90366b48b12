"""What couldn't be read is settled by somebody: tried again, made a case, or put away"""

import sqlalchemy as sa
from alembic import op

from hub.db.types import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("unreadables") as unreadables:
        unreadables.add_column(sa.Column("settled_at", UTCDateTime(), nullable=True))
        unreadables.add_column(sa.Column("settled_by", sa.Integer(), nullable=True))
        unreadables.add_column(sa.Column("became", sa.String(), nullable=False, server_default=""))
        unreadables.create_foreign_key(op.f("fk_unreadables_settled_by"), "agents", ["settled_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("unreadables") as unreadables:
        unreadables.drop_constraint(op.f("fk_unreadables_settled_by"), type_="foreignkey")
        unreadables.drop_column("became")
        unreadables.drop_column("settled_by")
        unreadables.drop_column("settled_at")
