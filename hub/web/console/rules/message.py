"""The message that somebody tries on rules, and what they imagine around it: when it comes, and from whom."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from hub.directory import InboxEntry
from hub.errors import Invalid
from hub.models.base import utcnow
from hub.running import Hub
from routing.conditions.verification import LEVELS
from routing.facts import Facts

LONGEST = 20_000  # characters
_LONGEST_SUBJECT = 400
_MOST = 999
_MOST_DAYS = 9999

Value = TypeVar("Value")


def imagined(hub: Hub, sent: Mapping[str, str]) -> tuple[Facts, InboxEntry]:
    """Its facts, as far as the form says them (`try.text`, `try.inbox`, …), and the inbox that it comes to. Raises
    Invalid by the name of the field."""
    channel, _, name = sent.get("try.inbox", "").partition("/")
    entry = hub.directory.inbox_by_name.get((channel, name))
    if entry is None:
        raise Invalid("There is no such inbox.", {"try.inbox": "Choose where the message comes to."})
    days = _read(sent, "try.days", _days)
    open_cases = _read(sent, "try.open", _count) or 0
    facts = Facts(
        channel=entry.channel,
        inbox=entry.port.name,
        text=sent.get("try.text", "")[:LONGEST],
        subject=sent.get("try.subject", "")[:_LONGEST_SUBJECT],
        at=hub.directory.local(_read(sent, "try.at", _moment(hub)) or utcnow()),
        sender=sent.get("try.from", "").strip(),
        known=bool(sent.get("try.known") or open_cases or days is not None),
        verification=sent["try.sure"] if sent.get("try.sure") in LEVELS else "",
        flags=tuple(flag.strip() for flag in sent.get("try.flags", "").split(",") if flag.strip()),
        attachments=_read(sent, "try.files", _count) or 0,
        menu=(sent["try.menu"],) if sent.get("try.menu") else (),
        automatic=bool(sent.get("try.machine")),
        open_cases=open_cases,
        days_since=days,
    )
    return facts, entry


def _read(sent: Mapping[str, str], name: str, read: Callable[[str], Value]) -> Value | None:
    """None when nothing is filled in."""
    given = sent.get(name, "").strip()
    if not given:
        return None
    try:
        return read(given)
    except (ValueError, OverflowError):
        raise Invalid("The message can’t be tried yet.", {name: _WANTED[name]}) from None


TRY_PLACES = {
    f"try.{name}": f"try-{name}" for name in ("inbox", "at", "open", "days", "files")
}  # where a problem is put right
_WANTED = {
    "try.at": "Give a day and a time, such as 2026-12-24 17:30.",
    "try.open": f"Write a whole number, 0 to {_MOST}.",
    "try.files": f"Write a whole number, 0 to {_MOST}.",
    "try.days": f"Write a number of days, 0 to {_MOST_DAYS}.",
}


def _moment(hub: Hub) -> Callable[[str], datetime]:
    """Of the council's local time."""
    return lambda given: datetime.fromisoformat(given).replace(tzinfo=hub.directory.zone)


def _count(given: str) -> int:
    if not (given.isascii() and given.isdigit() and int(given) <= _MOST):
        raise ValueError
    return int(given)


def _days(given: str) -> float:
    days = float(given)
    if not 0 <= days <= _MOST_DAYS:
        raise ValueError
    return days
