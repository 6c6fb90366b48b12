"""When a calendar can't be read, messages are kept and people go on working all the same: a timer works out later what
the calendar was asked for, and tries again until it can."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from hub.actions.events import locked_case, new_ids
from hub.actions.time.case_types import note_done, reckon_clocks, set_type
from hub.actions.time.targets import note_answer, note_reopened, note_unanswered, note_words, retarget
from hub.actions.time.timers import WAKE, set_timer
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.directory import Directory, QueueEntry
from hub.errors import HubError
from hub.models import Case, CaseStatus, Timer
from hub.models.base import utcnow

if TYPE_CHECKING:
    from hub.actions.time.firing import Due

KIND = "calendar"  # of its timers
_DATES, _WOKEN, _REOPENED, _TYPE = "dates", "woken", "reopened", "type"  # what is to be worked out
_ANSWERED, _UNANSWERED, _DONE = "answered", "unanswered", "done"

log = structlog.get_logger()


def first_due(queue: QueueEntry, start: datetime) -> tuple[datetime | None, bool]:
    """When a case opened in the queue at `start` (in the council's zone) is due, and whether that is known."""
    return _asked(queue, lambda: queue.due_at(start))


def first_step(directory: Directory, queue: QueueEntry, start: datetime) -> tuple[datetime | None, bool]:
    """When its first escalation is carried out, and whether that is known."""
    return _asked(queue, lambda: directory.first_escalation(queue, start))


def _asked(queue: QueueEntry, ask: Callable[[], datetime | None]) -> tuple[datetime | None, bool]:
    try:
        return ask(), True
    except Exception as error:  # whatever breaks there keeps no message out
        log.exception("a queue's calendar can't be read", queue=queue.slug, error=type(error).__name__)
        return None, False


def date_later(session: Session, case_ids: Iterable[int], now: datetime) -> None:
    """The cases' due dates and escalations."""
    for case_id in case_ids:
        set_timer(session, KIND, now, case_id, _DATES)


def date_all_anew(session: Session, now: datetime) -> None:
    """Every open case's dates, since the council's calendar has changed: each in a transaction of its own."""
    found = session.exec(select(Case.id).where(col(Case.status).not_in([CaseStatus.RESOLVED, CaseStatus.CLOSED]))).all()
    rows = [
        {"id": timer_id, "kind": KIND, "due_at": now, "case_id": case_id, "name": _DATES}
        for timer_id, case_id in zip(new_ids(session, len(found)), found, strict=True)
    ]
    dialect_of(session).insert(session, Timer, rows)
    wake(session, WAKE)


def note_words_or_later(session: Session, waiting: Sequence[int], reopened: Sequence[int], now: datetime) -> None:
    """As `note_words`, whose writing may be repeated; `now` counts then, too."""
    try:
        note_words(session, waiting, reopened, now)
    except (HubError, SQLAlchemyError):
        raise
    except Exception as error:
        log.exception("targets can't run again yet", cases=[*waiting, *reopened], error=type(error).__name__)
        for name, case_ids in ((_WOKEN, waiting), (_REOPENED, reopened)):
            for case_id in case_ids:
                set_timer(session, KIND, now, case_id, name, at=now.isoformat())


def retarget_or_later(session: Session, case: Case) -> None:
    """As `retarget`; the case is locked, like those below."""
    _or_later(session, case, lambda: retarget(session, case), utcnow(), _DATES)


def note_answer_or_later(session: Session, case: Case, now: datetime) -> None:
    _or_later(session, case, lambda: note_answer(session, case, now), now, _ANSWERED)


def note_unanswered_or_later(session: Session, case: Case, now: datetime) -> None:
    _or_later(session, case, lambda: note_unanswered(session, case, now), now, _UNANSWERED)


def note_reopened_or_later(session: Session, case: Case, now: datetime) -> None:
    _or_later(session, case, lambda: note_reopened(session, case, now), now, _REOPENED)


def note_done_or_later(
    session: Session, case: Case, done: tuple[str, ...], now: datetime, agent_id: int | None = None
) -> None:
    """As `note_done`: all the clocks that ask for it, or none yet."""

    def note() -> None:
        with session.begin_nested():
            note_done(session, case, done, now, agent_id)

    _or_later(session, case, note, now, f"{_DONE} {' '.join(done)}", agent=agent_id)


def _or_later(
    session: Session, case: Case, ask: Callable[[], object], at: datetime, what: str, **detail: object
) -> None:
    try:
        ask()
    except (HubError, SQLAlchemyError):
        raise
    except Exception as error:
        log.exception("a case's dates can't be worked out yet", case=case.id, error=type(error).__name__)
        set_timer(session, KIND, at, case.id, what, at=at.isoformat(), **detail)


def set_type_or_later(session: Session, case_id: int, slug: str, now: datetime) -> None:
    """A type that is gone by now must not keep a citizen's words out, nor one whose clocks can't be reckoned."""
    try:
        with session.begin_nested():
            set_type(session, case_id, None, slug)
    except HubError:
        return
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("a case's clocks can't be started yet", case=case_id, error=type(error).__name__)
        set_timer(session, KIND, now, case_id, _TYPE, slug=slug)


def catch_up(session: Session, due: "Due", now: datetime) -> None:
    """What such a timer does; raises whatever the calendar raises, so that it is tried again."""
    case_id, what = due.case_id or 0, due.name
    at = datetime.fromisoformat(due.detail["at"]) if "at" in due.detail else now
    if what == _TYPE:
        try:
            set_type(session, case_id, None, due.detail.get("slug", ""))
        except HubError:  # somebody gave it a type meanwhile, or it is resolved
            return
    elif what == _ANSWERED:
        case = locked_case(session, case_id)
        if case.status is CaseStatus.WAITING:  # else the citizen has written again
            note_answer(session, case, at)
            retarget(session, case)
    elif what == _UNANSWERED:
        case = locked_case(session, case_id)
        if case.status is CaseStatus.OPEN:  # else it was answered again
            note_unanswered(session, case, at)
    elif what.startswith(_DONE):
        case = locked_case(session, case_id)
        note_done(session, case, tuple(what.split()[1:]), at, due.detail.get("agent"))
        retarget(session, case)
    elif what == _DATES:
        case = locked_case(session, case_id)
        reckon_clocks(session, case)
        retarget(session, case)
    else:
        locked_case(session, case_id)
        note_words(session, [case_id] * (what == _WOKEN), [case_id] * (what == _REOPENED), at)
