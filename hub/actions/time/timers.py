"""Setting and dropping timers: rows that make the worker act at a moment. What each kind does: `firing`."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from hub.actions.events import new_ids
from hub.db.session import wake
from hub.models import Timer

WAKE = "due"  # the signal of whoever fires timers


def set_timer(
    session: Session, kind: str, due_at: datetime, case_id: int | None = None, name: str = "", **detail: Any
) -> None:
    """At `due_at` (aware) the action of this kind is carried out once, with `detail` (JSON); one in the past at once.

    It replaces the timer of the same kind, case and name.
    """
    drop_timers(session, kind, case_id, name)
    row = Timer(id=new_ids(session, 1)[0], kind=kind, due_at=due_at, case_id=case_id, name=name, detail=detail)
    session.add(row)
    wake(session, WAKE)


def drop_timers(session: Session, kind: str, case_id: int | None = None, name: str | None = None) -> None:
    """Those of this kind and case; of one name, or (None) of every name."""
    gone = delete(Timer).where(col(Timer.kind) == kind, col(Timer.case_id).is_not_distinct_from(case_id))
    if name is not None:
        gone = gone.where(col(Timer.name) == name)
    session.flush()
    session.execute(gone.execution_options(synchronize_session="fetch"))
