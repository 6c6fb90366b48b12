"""Inboxes acknowledge in several languages; a text that is there already is for everybody."""

import sqlalchemy as sa
from alembic import op

from hub.db.types import Json

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INBOXES = sa.table(
    "inboxes", sa.column("id", sa.Integer), sa.column("acknowledge", sa.String), sa.column("acknowledgements", Json)
)


def upgrade() -> None:
    op.add_column("inboxes", sa.Column("acknowledgements", Json, nullable=False, server_default="{}"))
    here = op.get_bind()
    for key, text in here.execute(sa.select(_INBOXES.c.id, _INBOXES.c.acknowledge)).all():
        texts = {"": text} if text else {}
        here.execute(sa.update(_INBOXES).where(_INBOXES.c.id == key).values(acknowledgements=texts))
    op.drop_column("inboxes", "acknowledge")


def downgrade() -> None:
    """Of several languages one is left: the one for everybody, else the first by its tag."""
    op.add_column("inboxes", sa.Column("acknowledge", sa.String(), nullable=False, server_default=""))
    here = op.get_bind()
    for key, texts in here.execute(sa.select(_INBOXES.c.id, _INBOXES.c.acknowledgements)).all():
        text = texts[min(texts)] if texts else ""
        here.execute(sa.update(_INBOXES).where(_INBOXES.c.id == key).values(acknowledge=text))
    op.drop_column("inboxes", "acknowledgements")
