"""Run by alembic; the connection is handed over by hub.db.migrate."""

from alembic import context
from sqlmodel import SQLModel

import hub.models  # noqa: F401  # fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
