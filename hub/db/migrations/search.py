"""What only one database has: full text, sequences, the transaction of an event. Used by the first migration."""

from typing import Any

_SQLITE_UP = (
    # trigram or stemming would guess the language: words as they are, without accents
    "CREATE VIRTUAL TABLE messages_search USING fts5(subject, text, content='messages', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER messages_search_insert AFTER INSERT ON messages BEGIN "
    "INSERT INTO messages_search(rowid, subject, text) VALUES (new.id, new.subject, new.text); END",
    "CREATE TRIGGER messages_search_update AFTER UPDATE OF subject, text ON messages BEGIN "
    "INSERT INTO messages_search(messages_search, rowid, subject, text) "
    "VALUES ('delete', old.id, old.subject, old.text); "
    "INSERT INTO messages_search(rowid, subject, text) VALUES (new.id, new.subject, new.text); END",
    "CREATE TRIGGER messages_search_delete AFTER DELETE ON messages BEGIN "
    "INSERT INTO messages_search(messages_search, rowid, subject, text) "
    "VALUES ('delete', old.id, old.subject, old.text); END",
)
_SQLITE_DOWN = (
    "DROP TRIGGER messages_search_insert",
    "DROP TRIGGER messages_search_update",
    "DROP TRIGGER messages_search_delete",
    "DROP TABLE messages_search",
)
_POSTGRESQL_UP = (
    # a tsvector holds 1 MB; a longer text is found by its beginning
    "CREATE INDEX ix_messages_search ON messages "
    "USING gin (to_tsvector('simple', left(subject || ' ' || text, 200000)))",
    "CREATE SEQUENCE cases_id AS bigint",
    "CREATE SEQUENCE rows_id AS bigint",
    "ALTER TABLE case_events ADD COLUMN transaction_id bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)",
    "CREATE INDEX ix_case_events_transaction_id_id ON case_events (transaction_id, id)",
)
_POSTGRESQL_DOWN = (
    "DROP INDEX ix_case_events_transaction_id_id",
    "ALTER TABLE case_events DROP COLUMN transaction_id",
    "DROP SEQUENCE rows_id",
    "DROP SEQUENCE cases_id",
    "DROP INDEX ix_messages_search",
)


def add_search(op: Any) -> None:
    for statement in _SQLITE_UP if _is_sqlite(op) else _POSTGRESQL_UP:
        op.execute(statement)


def drop_search(op: Any) -> None:
    for statement in _SQLITE_DOWN if _is_sqlite(op) else _POSTGRESQL_DOWN:
        op.execute(statement)


def _is_sqlite(op: Any) -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
