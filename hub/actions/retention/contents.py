"""Contents of files that were dropped: deleted an hour later, when nothing else has the same."""

from collections.abc import Sequence

from sqlmodel import Session

from hub.db.dialects import dialect_of


def record_deleted(session: Session, contents: Sequence[str]) -> None:
    """These (sha256) are gone, or are something else's too."""
    dialect_of(session).run(session, "DELETE FROM dropped_contents WHERE sha256 IN MANY(:contents)", contents=contents)


def tidy_search(session: Session) -> bool:
    """One step of taking what was forgotten out of the full-text index itself. Is there more to do?"""
    return dialect_of(session).tidy_search(session)
