"""The database's version: brought up to date, or refused with a sentence.

Alembic is loaded to migrate, not to look: every start looks.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from hub.db.engine import writer_engine
from hub.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('hub migrate', 0))")
_FOLDER = Path(__file__).parent / "migrations"


def upgrade(url: str) -> bool:
    """Migrates to this version of the hub; True when anything was to do. Raises Invalid on a newer or foreign one.

    Of several that begin at once the first one does it, and the others wait for that.
    """
    engine = writer_engine(url)
    try:
        if _version(engine) == _newest():
            return False
        with engine.connect() as connection, connection.begin():
            if engine.dialect.name == "postgresql":  # SQLite has one writer at a time
                connection.execute(_ONE_AT_A_TIME)
            return _upgrade(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> bool:
    from alembic import command

    current = _version_in(connection)
    if current == _newest():
        return False
    _refuse_unknown(current)
    if current is None and set(inspect(connection).get_table_names()) - {"alembic_version"}:
        raise Invalid("The database holds tables of something else. Give the hub one of its own: HUB_DATABASE_URL.")
    command.upgrade(_config(connection), "head")
    return True


def upgrade_if_empty(url: str) -> None:
    """A first start needs no step by hand; a database with anything in it is left to `hub migrate`."""
    engine = writer_engine(url)
    try:
        empty = _version(engine) is None
    finally:
        engine.dispose()
    if empty:
        upgrade(url)


def check(url: str) -> None:
    """Raises Invalid unless the database is of exactly this version, saying what to do."""
    engine = writer_engine(url)
    try:
        require_newest(engine)
    finally:
        engine.dispose()


def require_newest(engine: Engine) -> None:
    """The same of a database that is in use already."""
    current = _version(engine)
    if current == _newest():
        return
    _refuse_unknown(current)
    state = "is empty" if current is None else "is of an older version of the hub"
    raise Invalid(f"The database {state}. Run `hub migrate`, then start again.")


def _refuse_unknown(current: str | None) -> None:
    if current is not None and current not in revisions():
        raise Invalid(
            "The database is of a newer version of the hub than this one. Install that version, or restore a backup."
        )


def _version(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            return _version_in(connection)
    except OperationalError as error:
        raise Unavailable("The database can't be reached: check HUB_DATABASE_URL and that the server is up.") from error
    except DatabaseError as error:
        raise Invalid("The file that HUB_DATABASE_URL or HUB_DATA_DIR names is no database.") from error


def _version_in(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@cache
def revisions() -> tuple[str, ...]:
    """All versions of the database that this hub knows, oldest first: what the migrations' file names begin with."""
    files = sorted(path.name for path in (_FOLDER / "versions").glob("[0-9]*.py"))
    return tuple(name.partition("_")[0] for name in files)


def _newest() -> str:
    return revisions()[-1]


def _config(connection: object = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
