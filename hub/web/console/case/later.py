"""Until when a case may be put off: the moments that people mean, in the council's time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.web.console.words import Wording

_MORNING = 9  # o'clock


@dataclass(frozen=True, slots=True)
class Later:
    value: str  # ISO 8601 with its zone
    words: str


def later(say: Wording) -> tuple[Later, ...]:
    """In an hour, tomorrow, next Monday, in a week, in four weeks; each moment once."""
    now = say.local(say.now).replace(second=0, microsecond=0)
    monday = 7 - now.weekday()
    moments = (
        ("In an hour", now + timedelta(hours=1)),
        ("Tomorrow", _morning(now, 1)),
        ("Next Monday", _morning(now, monday)),
        ("In a week", _morning(now, 7)),
        ("In four weeks", _morning(now, 28)),
    )
    once = {moment: words for words, moment in reversed(moments)}
    return tuple(
        Later(moment.isoformat(), f"{words}, {moment:%a} {moment.day} {moment:%b %H:%M}")
        for moment, words in sorted(once.items())
    )


def _morning(now: datetime, days: int) -> datetime:
    return (now + timedelta(days=days)).replace(hour=_MORNING, minute=0)


def moment_of(preset: str, typed: str, say: Wording) -> datetime | None:
    """What was chosen: the exact time typed (the council's clock), else the preset; None when neither is a time."""
    try:
        if typed:
            moment = datetime.fromisoformat(typed)
            return moment if moment.tzinfo else moment.replace(tzinfo=say.zone)
        moment = datetime.fromisoformat(preset)
        return moment if moment.tzinfo else None
    except ValueError:
        return None
