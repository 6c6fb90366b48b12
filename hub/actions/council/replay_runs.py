"""The replay of a draft: begun, told how far it is, ended or cancelled. Who carries it out is hub.replay.runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from hub.errors import Conflict, NotFound
from hub.models import Council, ReplayRun, ReplayState, RuleDraft
from hub.models.base import utcnow
from hub.queries.replay_runs import SILENCE


def begin_replay(session: Session, draft_id: int, agent_id: int, days: str, minutes: float) -> int:
    """One at a time, since it takes all processors; the draft's earlier one gives way. Returns its id.

    Raises Conflict, NotFound.
    """
    session.get(Council, 1, with_for_update=True)  # of two who begin at once the second finds the first's
    now = utcnow()
    running = select(ReplayRun.id).where(ReplayRun.state == ReplayState.RUNNING, ReplayRun.told_at > now - SILENCE)
    if session.exec(running).first() is not None:
        raise Conflict("A replay is running. Wait for it, or cancel it.")
    draft = session.get(RuleDraft, draft_id)
    if draft is None or draft.published_at is not None:
        raise NotFound("There is no such draft any more.")
    forget_replays(session, draft_id)
    run = ReplayRun(draft_id=draft_id, edition=draft.edition, agent_id=agent_id, days=days, minutes=minutes)
    session.add(run)
    session.flush()
    assert run.id is not None
    return run.id


def note_progress(session: Session, run_id: int, done: int, total: int, now: datetime) -> bool:
    """Whether to go on: False when somebody has cancelled it, or it is gone with its draft."""
    run = session.get(ReplayRun, run_id, with_for_update=True)
    if run is None or run.state is not ReplayState.RUNNING:
        return False
    run.done, run.total, run.told_at = done, total, now
    return True


def finish_replay(session: Session, run_id: int, found: Mapping[str, Any] | None) -> None:
    """`found`: hub.replay.replaying.Replayed.to_json; None when it failed. One that was cancelled stays so."""
    run = session.get(ReplayRun, run_id, with_for_update=True)
    if run is not None and run.state is ReplayState.RUNNING:
        run.state = ReplayState.FAILED if found is None else ReplayState.FINISHED
        run.found, run.told_at = dict(found or {}), utcnow()
        run.done = run.total if found is not None else run.done


def cancel_replay(session: Session, draft_id: int) -> None:
    """Raises Conflict when none is running."""
    found = select(ReplayRun).where(ReplayRun.draft_id == draft_id, ReplayRun.state == ReplayState.RUNNING)
    run = session.exec(found.with_for_update()).first()
    if run is None:
        raise Conflict("This replay is over already.")
    run.state = ReplayState.CANCELLED


def forget_replays(session: Session, draft_id: int) -> None:
    session.execute(delete(ReplayRun).where(col(ReplayRun.draft_id) == draft_id))
