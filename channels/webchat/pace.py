"""How fast one socket may go on."""

from collections import deque
from collections.abc import Callable


class Pace:
    """At most `limit` in any span of `seconds`."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float]) -> None:
        self._times: deque[float] = deque(maxlen=limit)
        self._seconds = seconds
        self._clock = clock

    def wait(self) -> float:
        """0 and counted when there is room now; else the seconds until there is, and not counted."""
        now = self._clock()
        if len(self._times) == self._times.maxlen and self._times[0] > now - self._seconds:
            return self._times[0] + self._seconds - now
        self._times.append(now)
        return 0.0
