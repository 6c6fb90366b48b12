"""The session that an action gets, and what it may ask to happen after COMMIT."""

from typing import Literal

from sqlalchemy.engine import Connection
from sqlmodel import Session


class ActionSession(Session):
    """Lives inside a savepoint of the lane's transaction, or has it alone. It can't commit: the lane does.

    `wake(name)` asks for a signal once the transaction is durable.
    """

    def __init__(self, connection: Connection, savepoint: bool = True) -> None:
        joins: Literal["create_savepoint", "rollback_only"] = "create_savepoint" if savepoint else "rollback_only"
        super().__init__(connection, join_transaction_mode=joins, expire_on_commit=False)
        self.woken: set[str] = set()
        self.joined = super().connection() if savepoint else connection  # the lane's, with the savepoint begun

    def commit(self) -> None:
        """Forbidden: an action that commits and then fails would keep its half."""
        raise RuntimeError("an action never commits: return, and the lane does")

    def release(self) -> None:
        """Writes what the session still holds and ends its savepoint; what was done stays."""
        if self.in_transaction():
            super().commit()

    def close(self) -> None:
        """Nothing to let go when only the driver was spoken to, as the intake does."""
        if self.in_transaction() or len(self.identity_map):
            super().close()


def wake(session: Session, name: str) -> None:
    """After COMMIT tell those who wait for `name`: `events`, `outbox`, `council`."""
    if isinstance(session, ActionSession):
        session.woken.add(name)
