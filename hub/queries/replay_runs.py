"""How far the replay of a draft is, and what came out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlmodel import Session, col, select

from hub.models import Agent, ReplayRun, ReplayState
from hub.models.base import utcnow

SILENCE = timedelta(seconds=30)  # without a word for so long, whoever carried it out is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView:
    """`state`: as kept, or "interrupted" when the process that carried it out has gone."""

    state: Literal["running", "finished", "cancelled", "failed", "interrupted"]
    edition: int  # of the draft when it began
    days: str  # how much of the past: a key of hub.replay.replaying.SPANS
    minutes: float  # of work that a case takes
    done: int  # cases
    total: int
    found: dict[str, Any]  # hub.replay.replaying.Replayed.to_json; {} unless it is finished
    agent_name: str
    began_at: datetime

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def replay_of(session: Session, draft_id: int) -> ReplayView | None:
    """The latest of this draft."""
    found = (
        select(ReplayRun, Agent.name)
        .join(Agent, col(Agent.id) == col(ReplayRun.agent_id))
        .where(ReplayRun.draft_id == draft_id)
        .order_by(col(ReplayRun.id).desc())
    )
    row = session.exec(found.limit(1)).first()
    if row is None:
        return None
    run, name = row
    is_silent = run.state is ReplayState.RUNNING and run.told_at < utcnow() - SILENCE
    return ReplayView(
        state="interrupted" if is_silent else run.state.value,
        edition=run.edition,
        days=run.days,
        minutes=run.minutes,
        done=run.done,
        total=run.total,
        found=run.found,
        agent_name=name,
        began_at=run.began_at,
    )
