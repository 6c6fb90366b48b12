"""What differs between the databases, behind one small interface; nothing outside hub/db names a database.

SQL given to `run` is written once: `IN MANY(:ids)` stands for membership in the list bound to `ids`, whatever
the database calls that, so that the text of a statement never changes with the number of values.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic_core import PydanticUndefined
from sqlalchemy import CursorResult, Table
from sqlmodel import Session, SQLModel

Sequence_ = Literal["cases", "rows"]
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)  # made once for each model and keys
class InsertPlan:
    """One INSERT for rows with the same keys; the other columns get their defaults as literals in the text."""

    table: Table
    keys: tuple[str, ...]
    columns: str  # the column list, given ones first
    defaults: str  # ", literal, literal" for the rest, or ""


class DatabaseDialect(ABC):
    """SQLite's and PostgreSQL's own words for the same things."""

    name: str
    row_lock: str  # what ends a SELECT that locks its rows
    row_claim: str  # the same, leaving out what somebody else has locked

    @abstractmethod
    def reserve(self, session: Session, sequence: Sequence_, count: int) -> list[int]:
        """New ids in time order. Cases count for themselves, so that references stay short."""

    @abstractmethod
    def hold(self, session: Session, name: str) -> None:
        """Until COMMIT nobody else holds this name: for what there is no row yet to lock."""

    @abstractmethod
    def run(self, session: Session, sql: str, **values: Any) -> CursorResult[Any]:
        """Executes constant SQL; lists are for MANY."""

    @abstractmethod
    def fetch(self, session: Session, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of constant SQL as the driver gives them: for the intake's path."""

    @abstractmethod
    def fetch_at_once(self, session: Session, columns: str, sql: str, **values: Any) -> list[Sequence[Any]]:
        """The same of a SELECT that gives many rows; `columns` names them all, in order. Moments may come as text, as
        `as_moment` reads it; none may hold bytes."""

    @abstractmethod
    def insert_new(self, session: Session, model: type[SQLModel], rows: Rows) -> int:
        """As `insert`, but leaves out those rows whose key is there already. How many were new."""

    @abstractmethod
    def insert(self, session: Session, model: type[SQLModel], rows: Rows) -> None:
        """All rows in one round trip. Every row has the same keys."""

    @abstractmethod
    def at_once(self, session: Session) -> AbstractContextManager[None]:
        """What is inserted and updated within the block may travel in one round trip; it is done when the block ends.
        Raises the errors of its statements then at the latest."""

    @abstractmethod
    def update(self, session: Session, model: type[SQLModel], rows: Rows) -> None:
        """In one round trip, of each row's `id` the columns that its other keys name. Every row has the same keys."""

    @abstractmethod
    def insert_returning(self, session: Session, model: type[SQLModel], rows: Rows, tail: str) -> Sequence[Any]:
        """All rows in one statement ending in `tail`: ON CONFLICT … RETURNING …"""

    @abstractmethod
    def tail(self, session: Session, cursor: tuple[int, int], limit: int) -> tuple[Sequence[Any], tuple[int, int]]:
        """Committed events after the cursor, none ever skipped: rows of (id, case_id, seq, kind, queue_id,
        contact_id, agent_id, is the case restricted?, ids of the queues it is shared with, joined by commas) and
        the new cursor."""

    @abstractmethod
    def end_of_tail(self, session: Session) -> tuple[int, int]:
        """The cursor from which only what is still to come is read."""

    @abstractmethod
    def tidy_search(self, session: Session) -> bool:
        """Takes deleted words out of the full-text index itself, one step of it. Is there more to do?"""

    @abstractmethod
    def matching_cases(self, words: str) -> tuple[str, dict[str, Any]]:
        """SQL for the ids of cases with a message that holds all these words, and its values; any text is safe."""


def dialect_of(session: Session) -> DatabaseDialect:
    assert session.bind is not None  # all our sessions are made for one engine or connection
    return _dialect(session.bind.dialect.name)


@lru_cache
def _dialect(name: str) -> DatabaseDialect:
    """Loads the one that is used, and no driver of the other."""
    if name == "sqlite":
        from hub.db.dialects.sqlite import SQLite

        return SQLite()
    from hub.db.dialects.postgresql import PostgreSQL

    return PostgreSQL()


def table_of(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
    return table


@lru_cache(maxsize=256)
def plan_insert(model: type[SQLModel], keys: tuple[str, ...]) -> InsertPlan:
    """Raises ValueError for a key that is no column, or a column left out that has no constant default."""
    table = table_of(model)
    names = [column.name for column in table.columns]
    unknown = set(keys) - set(names)
    if unknown:
        raise ValueError(f"{table.name} has no {', '.join(sorted(unknown))}")
    rest = [name for name in names if name not in keys]
    literals = [_literal(model, name) for name in rest]
    columns = ", ".join(f'"{name}"' for name in (*keys, *rest))
    return InsertPlan(table, keys, columns, "".join(f", {literal}" for literal in literals))


def _literal(model: type[SQLModel], name: str) -> str:
    field = model.model_fields[name]
    default = field.default
    if default is PydanticUndefined and field.default_factory in (list, dict):
        return "'[]'" if field.default_factory is list else "'{}'"
    if default is None:
        return "NULL"
    if isinstance(default, bool):
        return "TRUE" if default else "FALSE"
    if isinstance(default, int | float):
        return repr(default)
    if isinstance(default, str):
        return "'" + str(default).replace("'", "''") + "'"
    raise ValueError(f"{name} has no constant default: give it in every row")
