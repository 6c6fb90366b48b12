"""Everything that only one database says."""

from hub.db.dialects.base import DatabaseDialect, dialect_of, table_of

__all__ = ["DatabaseDialect", "dialect_of", "table_of"]
