"""What the form of a replay asks for: how much of the past, and how long a case takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.errors import Invalid
from hub.replay.replaying import MINUTES_A_CASE, SPANS
from hub.web.console.visit import Form

_MOST_MINUTES = 10_000.0


@dataclass(frozen=True, slots=True)
class ReplayWanted:
    days: str = ""  # a key of SPANS
    minutes: float = MINUTES_A_CASE  # of work that a case takes

    def since(self, now: datetime) -> datetime | None:
        return now - timedelta(days=int(self.days)) if self.days else None


def replay_wanted(sent: Form) -> ReplayWanted:
    """Raises Invalid by field."""
    days, written = sent.get("days", ""), sent.get("minutes", "").strip().replace(",", ".")
    if days not in SPANS:
        raise Invalid("There is no such span.", {"days": "Choose one of the list."})
    try:
        minutes = float(written) if written else MINUTES_A_CASE
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= _MOST_MINUTES:
        raise Invalid("How long does a case take?", {"minutes": "Write a number of minutes, such as 12."})
    return ReplayWanted(days, minutes)
