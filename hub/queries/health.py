"""Does the database answer?"""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from hub.db.dialects import dialect_of


def probe(session: Session) -> dict[str, Any]:
    """What /health tells of the database. Raises what the driver raises when it doesn't answer."""
    session.connection().execute(text("SELECT 1"))
    return {"database": dialect_of(session).name}
