"""A council's calendars: its zone, its holidays, and the opening hours of its queues. Made from its row, frozen."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog

from hub.council_file.time_tables import NO_HOLIDAYS, local_holiday
from hub.models import Council, Queue
from routing.time.bank_holidays import EVERY_PART, KNOWN_UNTIL, Holidays, LocalHoliday, WorkingDays, countries
from routing.time.calendars import Hours

log = structlog.get_logger()


def is_open_at(hours: Hours, at: datetime) -> bool:
    """`at` is in the council's zone. Where the holidays can't be read, by the usual week alone: no call and no page
    fails for that."""
    try:
        return hours.is_open(at)
    except Exception as error:
        log.exception("holidays can't be read", error=type(error).__name__)
        return replace(hours, holidays=None).is_open(at)


@dataclass(frozen=True, kw_only=True)
class Calendars:
    zone: ZoneInfo
    country: str
    subdivision: str  # "" = the country's own
    own: tuple[tuple[LocalHoliday, frozenset[str]], ...] = field(default=(), repr=False)  # with the queues they are for
    checked_until: date | None = None  # what the council says of its own entries

    @classmethod
    def of(cls, council: Council) -> "Calendars":
        return cls(
            zone=ZoneInfo(council.timezone),
            country=council.country,
            subdivision=council.subdivision,
            own=tuple((local_holiday(table), frozenset(table.get("queues", ()))) for table in council.holidays),
            checked_until=date.fromisoformat(council.holidays_until) if council.holidays_until else None,
        )

    @property
    def known_until(self) -> date | None:
        """None: no holidays of this country are known."""
        return self.checked_until or (KNOWN_UNTIL if self.country in countries() else None)

    def hours(self, queue: Queue) -> Hours:
        """A queue's opening hours with its holidays. One that is always open has none, unless it names some."""
        if queue.holidays == NO_HOLIDAYS or not (queue.holidays or queue.hours):
            mine = tuple(local for local, queues in self.own if queue.slug in queues)
            return Hours.parse(queue.hours, Holidays(country="", own=mine) if mine else None)
        mine = tuple(local for local, queues in self.own if not queues or queue.slug in queues)
        part = queue.holidays or self.subdivision
        return Hours.parse(queue.hours, Holidays(country=self.country, subdivision=part, own=mine))

    def is_open(self, queue: Queue, moment: datetime) -> bool:
        """As `is_open_at`."""
        try:
            hours = self.hours(queue)
        except Exception as error:
            log.exception("a queue's hours can't be read", queue=queue.slug, error=type(error).__name__)
            return True
        return is_open_at(hours, self.local(moment))

    def working_days(self, part: str = EVERY_PART) -> WorkingDays:
        """What a statutory clock counts."""
        own = tuple(local for local, queues in self.own if not queues)
        return WorkingDays(country=self.country, subdivision=part or self.subdivision, own=own)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def knows(self, moment: datetime) -> bool:
        """Whether the holidays up to this moment are known."""
        until = self.known_until
        return until is not None and self.local(moment).date() <= until
