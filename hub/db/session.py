"""The session that an action gets, and what it may ask to happen after COMMIT."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.engine import Connection
from sqlmodel import Session

_BLOCKS = "id blocks"


class ActionSession(Session):
    """Lives inside a savepoint of the lane's transaction, or has it alone. It can't commit: the lane does.

    Alone it is made only when an action asks for more than the driver: the intake of plain texts never does, and what
    SQLAlchemy keeps for a session costs as much as a statement. `wake(name)` asks for a signal once the transaction
    is durable.
    """

    def __init__(self, connection: Connection, savepoint: bool = True) -> None:
        self.bind = connection
        self.joined = connection  # the lane's, with the savepoint begun
        self.driver: Any = connection.connection.dbapi_connection  # the driver's own beneath it
        self.version: int | None = None  # of a SQLite database, once asked
        self.woken: set[str] = set()
        if savepoint:
            self._make("create_savepoint")
            self.joined = super().connection()

    def __getattr__(self, name: str) -> Any:
        """Only what isn't there: a session that hasn't been made."""
        if self.is_made:
            raise AttributeError(name)
        self._make("rollback_only")
        return getattr(self, name)

    def _make(self, joining: Literal["create_savepoint", "rollback_only"]) -> None:
        if not self.joined.in_transaction():
            self.joined.begin()  # for SQLAlchemy; the driver's has begun
        super().__init__(self.joined, join_transaction_mode=joining, expire_on_commit=False)

    @property
    def is_made(self) -> bool:
        return "identity_map" in self.__dict__

    def commit(self) -> None:
        """Forbidden: an action that commits and then fails would keep its half."""
        raise RuntimeError("an action never commits: return, and the lane does")

    def release(self) -> None:
        """Writes what the session still holds and ends its savepoint; what was done stays."""
        if self.is_made and self.in_transaction():
            super().commit()

    def rollback(self) -> None:
        if self.is_made:
            super().rollback()

    def close(self) -> None:
        if self.is_made:
            super().close()


def wake(session: Session, name: str) -> None:
    """After COMMIT tell those who wait for `name`: `events`, `outbox`, `council`."""
    if isinstance(session, ActionSession):
        session.woken.add(name)


@dataclass(slots=True)
class IdBlock:
    """Ids that were reserved together, in a transaction that was committed, and that nobody has taken yet."""

    next: int
    last: int
    version: int  # of the database, as its one writer sees it: another process wrote when it has changed


def id_blocks(connection: Connection) -> dict[str, IdBlock]:
    """By sequence; kept with the driver's connection."""
    blocks: dict[str, IdBlock] = connection.info.setdefault(_BLOCKS, {})
    return blocks


def forget_ids(connection: Connection) -> None:
    """Where something is rolled back: a reservation may be among it."""
    if not connection.invalidated:
        connection.info.pop(_BLOCKS, None)
