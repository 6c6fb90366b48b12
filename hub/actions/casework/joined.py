"""A case that was joined to another goes on there: nothing is said in it any more."""

from sqlmodel import Session, col, select

from hub.errors import Conflict
from hub.models import Case, Merge
from hub.reference import spoken

_MOST = 10  # of a case that was joined to one that was joined …


def joined_to(session: Session, case_id: int) -> Merge | None:
    """The joining in force: into which case this one went."""
    return session.exec(select(Merge).where(Merge.case_id == case_id, col(Merge.undone_at).is_(None))).first()


def where_it_goes_on(session: Session, case_id: int) -> int:
    """The case itself, unless it was joined to another, however often that was joined itself."""
    for _ in range(_MOST):
        row = joined_to(session, case_id)
        if row is None:
            break
        case_id = row.into_id
    return case_id


def must_go_on(session: Session, case: Case) -> None:
    """Raises Conflict for a case that was joined to another: an answer to what was said here would arrive there."""
    row = joined_to(session, case.id)
    if row is not None:
        reference = spoken(session.get_one(Case, row.into_id).reference)
        raise Conflict(
            f"This case is joined to {reference}, where it goes on. Write there, or take it out again first."
        )
