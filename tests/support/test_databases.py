"""What a test gets when it asks for a database: migrated, empty, its own, and both kinds of it."""

import sqlalchemy

from hub.models import Case


def tables(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        return sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_a_test_gets_a_migrated_database_of_each_kind(database_url: str) -> None:
    assert Case.__tablename__ in tables(database_url)


def test_a_migration_test_gets_an_empty_database_of_each_kind(empty_database_url: str) -> None:
    assert tables(empty_database_url) == []
