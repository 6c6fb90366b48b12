"""The council's configuration as the intake and the desk use it: one frozen snapshot, loaded anew when it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from channels.contract import Inbox
from channels.email.addresses import comparable
from hub.calendars import Calendars
from routing.condition import NOBODYS, Names
from routing.facts import Facts
from routing.rules import RuleSet
from routing.time.calendars import Hours, parse_duration
from routing.time.escalations import Deadline, Escalation, steps_of


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    id: int
    slug: str
    name: str
    department: str  # slug
    department_name: str
    hours: Hours
    first_response: str  # working time, "" = no target
    active: bool
    resolution: str = ""
    is_given_out: bool = False  # its cases are assigned to people, or go over to another queue

    def due_at(self, start: datetime) -> datetime | None:
        """When a case opened at `start` (in the council's zone) is due at first; None = the queue has no target."""
        return min((deadline.at for deadline in self.deadlines(start)), default=None)

    def deadlines(self, start: datetime) -> list[Deadline]:
        """What such a case owes."""
        targets = {"first_response": self.first_response, "resolution": self.resolution}
        return [
            Deadline(of=of, title=of, at=self.hours.add_working_time(start, parse_duration(target, self.hours)))
            for of, target in targets.items()
            if target
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """An inbox with what only the hub needs of it; `port` is what channels see."""

    port: Inbox
    id: int
    channel: str
    queue_id: int
    acknowledgements: Mapping[str, str]  # by language, "" = for everybody; {} = none
    acknowledge_daily: int  # at most so many acknowledgements a sender in 24 hours
    continuity_days: int
    rate: float
    active: bool
    quiet: Hours | None = None  # when automatic messages wait; None = never

    @property
    def speaks_several(self) -> bool:
        """Does it acknowledge in several languages?"""
        return len(self.acknowledgements) > 1


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Inactive queues and inboxes are here too, since old cases name them."""

    council: str
    country: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    queues: Mapping[int, QueueEntry] = field(repr=False)
    inboxes: Mapping[int, InboxEntry] = field(repr=False)
    rules: RuleSet = field(repr=False)  # in force
    revision: int = 0  # which of the council's configurations this is
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)  # texts by slug and language
    spoken: frozenset[str] = frozenset()  # languages that agents say they speak
    agents: Mapping[str, tuple[int, str]] = field(default_factory=dict, repr=False)  # id and name of who may answer
    escalations: tuple[Escalation, ...] = field(default=(), repr=False)
    calendars: Calendars | None = field(default=None, repr=False)
    names: Names = field(default=NOBODYS, repr=False)  # what people call the things that rules name by slug

    @cached_property
    def queue_by_slug(self) -> dict[str, QueueEntry]:
        return {queue.slug: queue for queue in self.queues.values()}

    @cached_property
    def inbox_by_name(self) -> dict[tuple[str, str], InboxEntry]:
        """Active inboxes by (channel, name)."""
        return {(entry.channel, entry.port.name): entry for entry in self.inboxes.values() if entry.active}

    @cached_property
    def inbox_by_address(self) -> dict[tuple[str, str], InboxEntry]:
        """Active inboxes by (channel, comparable address)."""
        return {
            (entry.channel, comparable(entry.port.address)): entry
            for entry in self.inboxes.values()
            if entry.active and entry.port.address
        }

    @property
    def told_apart(self) -> tuple[str, ...]:
        """The languages that a message may be in: the council's, its agents', and those that rules ask about."""
        return (*self.languages, *sorted(self.spoken), *sorted(self.rules.languages))

    @property
    def escalates(self) -> bool:
        return bool(self.escalations)

    def first_escalation(self, queue: QueueEntry, start: datetime) -> datetime | None:
        """Of a case of no type opened in the queue at `start`, which is in the council's zone."""
        concerning = [each for each in self.escalations if each.concerns(queue.slug, "")]
        steps = steps_of(concerning, queue.deadlines(start), queue.hours) if concerning else []
        return steps[0].at if steps else None

    def queue_of_nobody(self, facts: Facts, inbox: InboxEntry) -> str:
        """Where a message goes that no rule puts anywhere: its topic's queue when there is one, else its inbox's.
        Topics take no part in safeguarding."""
        queue = self.queue_by_slug.get(facts.topic) if facts.topic else None
        if queue is None or not queue.active or queue.slug in self._safeguarding:
            return inbox.port.queue
        return queue.slug

    @cached_property
    def _safeguarding(self) -> frozenset[str]:
        """Slugs of the queues whose dangers restrict."""
        return frozenset(danger.queue for danger in self.rules.dangers if danger.restricted)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)
