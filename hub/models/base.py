"""What every table shares: names for constraints, so that migrations can address them, and the clock."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer
from sqlmodel import Field, SQLModel

from hub.db.types import Json, UTCDateTime, Word

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.model_config["defer_build"] = True  # no row is ever validated, and a validator a table costs each start dearly

BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's rowid is an INTEGER PRIMARY KEY only by that name


def utcnow() -> datetime:
    return datetime.now(UTC)


BIGGEST_ID = 2**63 - 1  # the last that all databases take


def big_id() -> Any:
    """A primary key whose values the application takes (Dialect.reserve): in time order."""
    return Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})


def own_id() -> Any:
    """A primary key that the database counts up, for the small configuration tables."""
    return Field(default=None, primary_key=True)


def refers_to(column: str, *, nullable: bool = False, index: bool = False, primary_key: bool = False) -> Any:
    """A foreign key to a table with big ids."""
    more: dict[str, Any] = {"default": None} if nullable else {}
    if primary_key:
        more = {"primary_key": True, "sa_column_kwargs": {"autoincrement": False}}
    return Field(foreign_key=column, sa_type=BigId, nullable=nullable, index=index, **more)


def refers_later(column: str) -> Any:
    """A foreign key that is checked at COMMIT, so that a row may name one that follows it."""
    return Field(
        sa_column=Column(
            BigInteger, ForeignKey(column, deferrable=True, initially="DEFERRED"), nullable=False, index=True
        )
    )


def moment(*, nullable: bool = False) -> Any:
    """An aware UTC datetime; now, unless it may be empty."""
    if nullable:
        return Field(default=None, sa_type=UTCDateTime, nullable=True)
    return Field(default_factory=utcnow, sa_type=UTCDateTime, nullable=False)


def word(enum: type, default: Any) -> Any:
    return Field(default=default, sa_type=Word(enum), nullable=False)


def json_of(factory: type[list[Any]] | type[dict[str, Any]]) -> Any:
    return Field(default_factory=factory, sa_type=Json, nullable=False)
