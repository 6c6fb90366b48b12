"""The database's version: brought up to date, or refused with a sentence."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DatabaseError, OperationalError

from hub.db.engine import writer_engine
from hub.errors import Invalid, Unavailable

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(url: str) -> bool:
    """Migrates to this version of the hub; True when anything was to do. Raises Invalid on a newer or foreign one."""
    engine = writer_engine(url)
    try:
        current = _version(engine)
        if current == _newest():
            return False
        _refuse_unknown(current)
        if current is None and set(inspect(engine).get_table_names()) - {"alembic_version"}:
            raise Invalid("The database holds tables of something else. Give the hub one of its own: HUB_DATABASE_URL.")
        with engine.connect() as connection, connection.begin():
            command.upgrade(_config(connection), "head")
        return True
    finally:
        engine.dispose()


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
        current = _version(engine)
    finally:
        engine.dispose()
    if current == _newest():
        return
    _refuse_unknown(current)
    state = "is empty" if current is None else "is of an older version of the hub"
    raise Invalid(f"The database {state}. Run `hub migrate`, then start again.")


def _refuse_unknown(current: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise Invalid(
            "The database is of a newer version of the hub than this one. Install that version, or restore a backup."
        )


def _version(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise Unavailable("The database can't be reached: check HUB_DATABASE_URL and that the server is up.") from error
    except DatabaseError as error:
        raise Invalid("The file that HUB_DATABASE_URL or HUB_DATA_DIR names is no database.") from error


@cache
def _newest() -> str | None:
    """Read once a process: it takes longer than all the rest of a start."""
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config(connection: object = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
