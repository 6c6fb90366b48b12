"""How far a mailbox's folder has been read: pure, and stored as the inbox's bookmark.

What counts is the UID (RFC 9051 §2.3.1.1), never a flag: mail that somebody read elsewhere is taken all the same. UIDs
only grow, until the server gives the folder another UIDVALIDITY; then what came since the last good look is gone
through once more, and what the hub has already is dropped.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

AROUND = timedelta(days=2)  # servers' days begin at other hours, and some date a moved mail anew

_DAYS = re.compile(r"(\d{1,4})d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Folder:
    """As the server describes it on opening."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """`uid` and all below it are dealt with. From there to `until` only mail of the day `since` and later counts."""

    validity: int
    uid: int = 0
    until: int = 0
    since: date | None = None
    is_backlog: bool = False  # up to `until` it is mail from before the hub looked into this folder
    checked: date | None = None  # the last day on which nothing was left
    began: datetime | None = None  # with `imap_since = "now"`: nothing that lay there already is wanted, ever

    def to_json(self) -> dict[str, Any]:
        return {
            "validity": self.validity,
            "uid": self.uid,
            "until": self.until,
            "since": self.since.isoformat() if self.since else None,
            "is_backlog": self.is_backlog,
            "checked": self.checked.isoformat() if self.checked else None,
            "began": self.began.isoformat() if self.began else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Position":
        since, checked, began = stored["since"], stored["checked"], stored.get("began")
        return cls(
            validity=stored["validity"],
            uid=stored["uid"],
            until=stored["until"],
            since=date.fromisoformat(since) if since else None,
            is_backlog=stored["is_backlog"],
            checked=date.fromisoformat(checked) if checked else None,
            began=datetime.fromisoformat(began) if began else None,
        )

    @property
    def criteria(self) -> list[str]:
        """What to search for (RFC 9051 §6.4.4); the answer may hold UIDs below, which `wanted` leaves out."""
        if self.uid < self.until:
            dated = ["SINCE", _imap_date(self.since)] if self.since else []
            return ["UID", f"{self.uid + 1}:{self.until}", *dated]
        return ["UID", f"{self.uid + 1}:*"]

    def wanted(self, found: list[int]) -> list[int]:
        """`n:*` names the last mail even when n is larger (RFC 9051 §9)."""
        return sorted(uid for uid in found if uid > self.uid and not (self.uid < self.until < uid))

    def is_belated(self, uid: int) -> bool:
        return self.is_backlog and uid <= self.until

    def is_old(self, uid: int, arrived: datetime) -> bool:
        """Did it lie there before the hub was to look? Known by the time (RFC 9051 §2.3.3) when UIDs say nothing any
        more."""
        return self.began is not None and uid <= self.until and arrived < self.began

    def after(self, uid: int) -> "Position":
        return replace(self, uid=max(self.uid, uid)).settled()

    def with_nothing_left(self, today: date) -> "Position":
        """The search answered nothing more: either all is read, or all that is older."""
        if self.uid < self.until:
            return replace(self, uid=self.until).settled()
        return self if self.checked == today else replace(self, checked=today)

    def settled(self) -> "Position":
        if self.uid >= self.until and (self.until or self.is_backlog):
            return replace(self, until=0, since=None, is_backlog=False)
        return self


def first_position(folder: Folder, wanted: str, now: datetime) -> Position:
    """`wanted`: "now" for what comes from now on, "7d" for the last days, "all"."""
    last = folder.next_uid - 1
    days = _DAYS.fullmatch(wanted)
    if not days and wanted != "all":
        whole = now.replace(microsecond=0)  # as servers write the time of a mail
        return Position(validity=folder.validity, uid=last, checked=now.date(), began=whole)
    since = now.date() - timedelta(days=int(days[1])) if days else None
    return Position(validity=folder.validity, until=last, since=since, is_backlog=True).settled()


def position_in(folder: Folder, stored: Mapping[str, Any], wanted: str, now: datetime) -> Position:
    """Where to go on: as stored, or anew when the folder is new to the hub or numbers its mails anew."""
    if not stored:
        return first_position(folder, wanted, now)
    position = Position.from_json(stored)
    if position.validity == folder.validity:
        return position
    since = position.checked - AROUND if position.checked else position.since
    return Position(
        validity=folder.validity,
        until=folder.next_uid - 1,
        since=since,
        is_backlog=position.is_backlog and not position.checked,
        checked=position.checked,
        began=position.began,
    ).settled()


def is_start(wanted: str) -> bool:
    """May `imap_since` say so?"""
    return wanted in ("now", "all") or _DAYS.fullmatch(wanted) is not None


def _imap_date(day: date) -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day.day}-{months[day.month - 1]}-{day.year}"
