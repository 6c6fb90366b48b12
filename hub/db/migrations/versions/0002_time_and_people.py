"""Time and people: clocks, targets, timers, presence, assignment"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from hub.db.types import Json, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNHELD = "agent_id IS NULL AND status IN ('new', 'open')"


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def _json(name: str, empty: str) -> sa.Column[object]:
    return sa.Column(name, Json, nullable=False, server_default=empty)


_ADDED: dict[str, Callable[[], list[sa.Column[Any]]]] = {
    "council": lambda: [
        _words("subdivision"), _words("holidays_until"), _json("holidays", "[]"), _json("escalations", "[]"),
    ],
    "queues": lambda: [
        _words("next_response"),
        _words("holidays"),
        sa.Column("assignment", sa.String(), nullable=False, server_default="pull"),
        _words("accept_within"),
        _json("overflow", "{}"),
        _json("skills", "[]"),
    ],
    "agents": lambda: [_json("skills", "[]"), _json("languages", "[]"), _json("capacity", "{}")],
}  # fmt: skip


def _big(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=nullable)


def upgrade() -> None:
    for table, columns in _ADDED.items():
        for column in columns():
            op.add_column(table, column)
    op.create_table(
        "case_types",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("clocks", Json, nullable=False),
        sa.Column("another_than", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_types")),
        sa.UniqueConstraint("slug", name=op.f("uq_case_types_slug")),
    )
    op.create_table(
        "typed_cases",
        _big("case_id"),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("barred", Json, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_typed_cases_case_id")),
        sa.ForeignKeyConstraint(["type_id"], ["case_types.id"], name=op.f("fk_typed_cases_type_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_typed_cases")),
    )
    op.create_index(op.f("ix_typed_cases_type_id"), "typed_cases", ["type_id"])
    op.create_table(
        "case_clocks",
        _big("id"),
        _big("case_id"),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("extended_by", sa.Integer(), nullable=False),
        sa.Column("paused_for", sa.Integer(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("pause_reason", sa.String(), nullable=False),
        sa.Column("met_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_clocks_case_id")),
        sa.ForeignKeyConstraint(["type_id"], ["case_types.id"], name=op.f("fk_case_clocks_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clocks")),
        sa.UniqueConstraint("case_id", "type_id", "name", name=op.f("uq_case_clocks_case_id_type_id_name")),
    )
    op.create_table(
        "case_targets",
        _big("case_id"),
        sa.Column("resolution_due", UTCDateTime(), nullable=True),
        sa.Column("resolution_left", sa.Integer(), nullable=True),
        sa.Column("response_due", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_targets_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_targets")),
    )
    op.create_table(
        "timers",
        _big("id"),
        _big("case_id", nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_timers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
    )
    op.create_index("ix_timers_due_at", "timers", ["due_at"])
    op.create_index("ix_timers_case_id_kind", "timers", ["case_id", "kind"])
    op.create_table(
        "presences",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("given_at", UTCDateTime(), nullable=True),
        sa.Column("idle_since", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_presences_agent_id")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_presences")),
    )
    op.create_table(
        "notices",
        _big("id"),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        _big("case_id"),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_notices_agent_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notices_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_case_id"), "notices", ["case_id"])
    op.create_index("ix_notices_agent_id_id", "notices", ["agent_id", "id"])
    op.create_index(
        "ix_cases_unheld",
        "cases",
        ["queue_id", "priority_rank", "due_at", "id"],
        sqlite_where=sa.text(_UNHELD),
        postgresql_where=sa.text(_UNHELD),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_unheld", "cases")
    for table in ("notices", "presences", "timers", "case_targets", "case_clocks", "typed_cases", "case_types"):
        op.drop_table(table)
    for table, columns in _ADDED.items():
        for column in columns():
            op.drop_column(table, column.name)
