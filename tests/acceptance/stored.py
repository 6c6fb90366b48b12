"""What really lies in a hub's database, read past the hub."""

from collections import Counter

from sqlalchemy import text as sql

from hub.db.engine import reader_engine
from hub.settings import Settings
from tests.acceptance.hub_process import Place


def texts(place: Place) -> Counter[str]:
    """How often each text that came in is stored, by the provider's id."""
    return Counter(_column(place, "SELECT external_id FROM messages WHERE direction = 'in'"))


def unreadables(place: Place) -> int:
    return len(_column(place, "SELECT id FROM unreadables"))


def cases(place: Place) -> int:
    return len(_column(place, "SELECT id FROM cases"))


def _column(place: Place, statement: str) -> list[str]:
    engine = reader_engine(Settings(data_dir=place.folder, database_url=place.database_url).url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(sql(statement)).scalars())
    finally:
        engine.dispose()
