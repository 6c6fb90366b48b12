"""The driver's own connection beneath a session: for constant SQL on the intake's path, where what SQLAlchemy does
around a statement costs more than the statement. Errors come out as SQLAlchemy's, so that nobody need know."""

from typing import Any

from sqlalchemy import exc
from sqlalchemy.engine import Connection
from sqlmodel import Session

from hub.db.session import ActionSession


def connection_of(session: Session) -> Connection:
    """The one that the session's statements go through, its transaction or savepoint begun."""
    return session.joined if isinstance(session, ActionSession) else session.connection()


def execute(session: Session, sql: str, values: Any = ()) -> Any:
    """The driver's cursor after one statement. Raises sqlalchemy.exc.DBAPIError."""
    if not isinstance(session, ActionSession):
        return run(session.connection(), sql, values)
    try:
        return session.driver.execute(sql, values)
    except session.joined.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(session.joined, error) from error


def run(connection: Connection, sql: str, values: Any = ()) -> Any:
    """The same where there is no session."""
    driver: Any = connection.connection.dbapi_connection
    try:
        return driver.execute(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error) from error


def begin(connection: Connection) -> None:
    """A transaction that SQLAlchemy needn't know of until a session asks. PostgreSQL begins it by itself."""
    if connection.dialect.name == "sqlite":
        run(connection, "BEGIN IMMEDIATE")


def commit(connection: Connection) -> None:
    """Raises sqlalchemy.exc.DBAPIError."""
    if connection.in_transaction():
        connection.commit()
        return
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.commit()
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error) from error


def roll_back(connection: Connection) -> None:
    """Nothing, when there is no transaction or the connection is lost."""
    if connection.in_transaction():
        connection.rollback()
    elif not connection.invalidated:
        driver: Any = connection.connection.dbapi_connection
        driver.rollback()


def as_sqlalchemy(connection: Connection, error: Exception) -> exc.DBAPIError:
    """The same error by SQLAlchemy's name for it, without the rows that it quotes; a lost connection is let go."""
    first_line_only(error)
    lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]  # as in SQLAlchemy's own handling
    if lost:
        connection.invalidate(error)
    kind = next((kind for each in type(error).__mro__ if (kind := _KINDS.get(each.__name__))), exc.DBAPIError)
    return kind(None, None, error, hide_parameters=True, connection_invalidated=lost)


def first_line_only(error: BaseException) -> None:
    """PostgreSQL's DETAIL quotes the row that was refused: of the server's words only the first line is kept."""
    if error.args:
        error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


_KINDS: dict[str, type[exc.DBAPIError]] = {
    kind.__name__: kind
    for kind in (
        *(exc.DataError, exc.IntegrityError, exc.InternalError, exc.NotSupportedError, exc.OperationalError),
        *(exc.ProgrammingError, exc.DatabaseError, exc.InterfaceError),
    )
}
