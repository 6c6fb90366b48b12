"""Rules: drafts, training examples, alarms, restrictions, flags"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from hub.db.types import Json, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ADDED: dict[str, Callable[[], list[sa.Column[Any]]]] = {
    "rule_sets": lambda: [
        sa.Column("beside", Json, nullable=False, server_default="{}"),
        sa.Column("note", sa.String(), nullable=False, server_default=""),
        sa.Column("author", sa.String(), nullable=False, server_default=""),
    ],
    "council": lambda: [sa.Column("sees_restricted", Json, nullable=False, server_default='["admin", "auditor"]')],
}


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False)


def upgrade() -> None:
    for table, columns in _ADDED.items():
        for column in columns():
            op.add_column(table, column)
    op.create_table(
        "rule_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("beside", Json, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_rule_drafts_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_drafts")),
    )
    op.create_table(
        "training_examples",
        _big("id"),
        _big("case_id"),
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_training_examples_case_id")),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk_training_examples_queue_id")),
        sa.ForeignKeyConstraint(["before_id"], ["queues.id"], name=op.f("fk_training_examples_before_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_training_examples_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_examples")),
    )
    op.create_index(op.f("ix_training_examples_case_id"), "training_examples", ["case_id"])
    op.create_table(
        "alarms",
        _big("id"),
        _big("case_id"),
        _big("message_id"),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("calls", Json, nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=False),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("is_false", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_alarms_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_alarms_message_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_alarms_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(op.f("ix_alarms_case_id"), "alarms", ["case_id"])
    op.create_index("ix_alarms_acknowledged_at", "alarms", ["acknowledged_at"])
    op.create_table(
        "restrictions",
        _big("case_id"),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_restrictions_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_restrictions")),
    )
    op.create_table(
        "contact_flags",
        _big("contact_id"),
        sa.Column("flag", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_flags_contact_id")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_contact_flags_agent_id")),
        sa.PrimaryKeyConstraint("contact_id", "flag", name=op.f("pk_contact_flags")),
    )


def downgrade() -> None:
    for table in ("contact_flags", "restrictions", "alarms", "training_examples", "rule_drafts"):
        op.drop_table(table)
    for table, columns in _ADDED.items():
        for column in columns():
            op.drop_column(table, column.name)
