"""What one process does while the others leave it: an advisory lock of PostgreSQL's, on a connection of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from hub.errors import Unavailable

_TRY = "SELECT pg_try_advisory_lock(hashtextextended('hub alone ' || %s, 0))"


@asynccontextmanager
async def alone(url: str, name: str) -> AsyncIterator[bool]:
    """True for the first that comes. It is let go with the connection, however that ends: nobody dead holds it."""
    try:
        connection = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.Error as error:
        raise Unavailable("The database can't be reached at present. Try again in a moment.") from error
    try:
        found = await connection.execute(_TRY, (name,))
        yield (await found.fetchone() or (False,))[0]
    finally:
        await connection.close()
