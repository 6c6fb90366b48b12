"""Slows down whoever guesses passwords; kept in the process's memory, since the waits are short."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FIRST_WAIT = 30.0  # seconds
LONGEST_WAIT = 300.0  # seconds
_FORGOTTEN_AFTER = 900.0  # seconds
_MOST_KEYS = 10_000


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


@dataclass(slots=True)
class Throttle:
    """Counts failures by key (an e-mail address, a network address), each with how many it may have before it waits.

    `now` is a monotonic time in seconds.
    """

    _failures: dict[str, _Failures] = field(default_factory=dict)

    def wait(self, keys: Mapping[str, int], now: float) -> float:
        """Seconds until the next try is taken, 0 = now."""
        return max((self._wait(key, free, now) for key, free in keys.items()), default=0.0)

    def failed(self, keys: Mapping[str, int], now: float) -> None:
        if len(self._failures) > _MOST_KEYS:
            self._forget(now)
        for key in keys:
            failures = self._recent(key, now) or _Failures()
            failures.count, failures.last = failures.count + 1, now
            self._failures[key] = failures

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)

    def _wait(self, key: str, free: int, now: float) -> float:
        failures = self._recent(key, now)
        if failures is None or failures.count < free:
            return 0.0
        pause = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures.count - free, 10))
        return max(0.0, failures.last + pause - now)

    def _recent(self, key: str, now: float) -> _Failures | None:
        failures = self._failures.get(key)
        return failures if failures and now - failures.last < _FORGOTTEN_AFTER else None

    def _forget(self, now: float) -> None:
        """What is old; when everything is new, all of it: an attack from that many addresses isn't met here."""
        self._failures = {key: found for key in list(self._failures) if (found := self._recent(key, now))}
        if len(self._failures) > _MOST_KEYS:
            self._failures.clear()
