"""How fast an inbox sends: a token bucket in its row, so that several workers share one rate."""

from datetime import datetime
from typing import NamedTuple

from hub.db.types import as_moment

BURST = 10.0  # how many may leave at once after a pause, at the least


class Bucket(NamedTuple):
    """As an inbox's row has it; a rate of 0 is no limit."""

    rate: float  # messages a second
    budget: float
    budget_at: datetime | str | None
    active: bool = True

    def tokens(self, now: datetime) -> float:
        """How many messages may leave now."""
        burst = max(BURST, self.rate)
        if self.budget_at is None:
            return burst
        passed = (now - as_moment(self.budget_at)).total_seconds()
        return min(burst, self.budget + self.rate * max(0.0, passed))

    def seconds_until(self, due: datetime | str, now: datetime) -> float:
        """Until a message that is due then may leave: 0 = now."""
        pause = max(0.0, (as_moment(due) - now).total_seconds())
        return pause if self.rate <= 0 else max(pause, (1.0 - self.tokens(now)) / self.rate)
