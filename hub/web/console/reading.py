"""What each page shows, read in one snapshot: plain functions of a session over hub.queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from hub.errors import NotFound
from hub.queries.alarms import (
    AlarmFilter,
    AlarmListing,
    AlarmView,
    alarms_beside,
    alarms_of_case,
    list_alarms,
)
from hub.queries.calls import CaseCalls, case_calls
from hub.queries.case_page import case_page
from hub.queries.cases import NOBODY, CaseFilter, CaseListing, cases_seen, list_cases
from hub.queries.consents import ConsentView, consents, without_bulk
from hub.queries.desk import Colleague, DeskCounts, colleagues, desk_counts
from hub.queries.phone_desk import phone_counts
from hub.queries.queues import over_time, queue_views
from hub.queries.restrictions import require_visible, restricted_ids
from hub.queries.rules import flags_in_use, flags_of
from hub.queries.templates import TemplateView, templates
from hub.queries.time import (
    NoticeView,
    PresenceView,
    TypeView,
    calendar_warning,
    case_types,
    is_offered,
    notices_of,
    presences,
    unseen,
)
from hub.queries.unreadables import UnreadableView, unreadables
from hub.queries.uploads import uploads_of
from hub.queries.views import AgentView, CasePage, CaseView, QueueView, Uploaded
from hub.queries.watching import WatchView, may_see_watches, watch_counts, watches
from routing.condition import NOBODYS, Names

PAGE = 50  # cases
_DESK = 25
_MINE = 200
_OTHERS = 6
AWAY = PresenceView(email="", name="", state="away", reason="", since=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """What stands beside every page."""

    counts: DeskCounts
    my_queues: tuple[QueueView, ...]
    other_queues: tuple[QueueView, ...]
    has_phone: bool = False  # the council has a line
    in_line: int = 0  # callers who wait for a person in my queues; a leader's are all
    callbacks: int = 0  # promised there
    presence: PresenceView  # the agent's own
    here: int = 0  # how many agents are
    on_break: int = 0
    notices: int = 0  # that the agent hasn't seen
    mailboxes: int = 0  # that are looked into, for those who may see how that goes
    mailboxes_in_trouble: int = 0
    alarms: tuple[AlarmView, ...] = ()  # that nobody has acknowledged, of cases that the agent sees
    has_alarms: bool = False  # there ever was one of a case that the agent sees
    warning: str = ""  # of the calendar, for those who can do something about it

    @property
    def queues(self) -> tuple[QueueView, ...]:
        return (*self.my_queues, *self.other_queues)

    @property
    def names(self) -> dict[str, str]:
        """Of queues, by slug."""
        return {queue.slug: queue.name for queue in self.queues}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    navigation: Navigation
    mine: tuple[CaseView, ...]
    unheld: tuple[CaseView, ...]
    colleagues: tuple[Colleague, ...]  # who may hold one of these cases


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    navigation: Navigation
    listing: CaseListing
    colleagues: tuple[Colleague, ...]  # who may hold one of these cases
    queue: QueueView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TickedCases:
    navigation: Navigation
    cases: tuple[CaseView, ...]
    colleagues: tuple[Colleague, ...]  # who may hold one of these cases


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTable:
    navigation: Navigation
    over_time: dict[int, int]  # cases, by the queue's id

    @property
    def late(self) -> int:
        return sum(self.over_time.values())

    @property
    def queues(self) -> list[QueueView]:
        """The agent's own first; of these and of the others those with most over time, then with most unassigned."""
        mine = {queue.id for queue in self.navigation.my_queues}
        return sorted(
            self.navigation.queues,
            key=lambda queue: (queue.id not in mine, -self.over_time.get(queue.id, 0), -queue.unassigned),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeCase:
    navigation: Navigation
    page: CasePage
    others: tuple[CaseView, ...]  # of the same citizen
    colleagues: tuple[Colleague, ...]
    uploads: tuple[Uploaded, ...] = ()  # the agent's, waiting in this case's composer
    templates: tuple[TemplateView, ...] = ()
    alarms: tuple[AlarmView, ...] = ()
    is_restricted: bool = False
    calls: CaseCalls = field(default_factory=CaseCalls)
    consents: tuple[ConsentView, ...] = ()  # newest first
    flags: tuple[str, ...] = ()  # of the citizen
    flags_in_use: tuple[str, ...] = ()  # of any
    types: tuple[TypeView, ...] = ()  # that the case may be given
    is_offered: bool = False  # its holder has still to accept it

    @property
    def no_bulk(self) -> frozenset[str]:
        """The citizen's addresses that want no messages sent to many."""
        return without_bulk(self.consents)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleHere:
    navigation: Navigation
    people: tuple[PresenceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeList:
    navigation: Navigation
    items: tuple[NoticeView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage:
    navigation: Navigation
    listing: AlarmListing


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableList:
    navigation: Navigation
    items: tuple[UnreadableView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxList:
    navigation: Navigation
    items: tuple[WatchView, ...]


def navigation(session: Session, agent: AgentView, now: datetime) -> Navigation:
    queues = [queue for queue in queue_views(session, now) if queue.active or queue.open_cases]
    everybody = presences(session)
    alarms, has_alarms = alarms_beside(session, agent)
    return Navigation(
        counts=desk_counts(session, agent.id, now),
        alarms=alarms,
        has_alarms=has_alarms,
        my_queues=tuple(queue for queue in queues if queue.id in agent.queue_ids),
        other_queues=tuple(queue for queue in queues if queue.id not in agent.queue_ids),
        **phone_counts(session, agent),
        presence=next((each for each in everybody if each.email == agent.email), AWAY),
        here=sum(each.state == "here" for each in everybody),
        on_break=sum(each.state == "break" for each in everybody),
        notices=unseen(session, agent),
        **_mailboxes(session, agent),
        warning=calendar_warning(session, now) if agent.role in ("leader", "admin") else "",
    )


def _mailboxes(session: Session, agent: AgentView) -> dict[str, Any]:
    if not may_see_watches(agent):
        return {}
    count, in_trouble = watch_counts(session)
    return {"mailboxes": count, "mailboxes_in_trouble": len(in_trouble)}


def desk(session: Session, agent: AgentView, now: datetime) -> DeskView:
    """The cases that I hold, and those in my queues that nobody holds, the most urgent first."""
    held = CaseFilter(agent=agent.email, open_only=True, sort="urgent", limit=_MINE)
    mine = list_cases(session, held).items
    unheld = list_cases(session, _unheld(agent, None, _DESK)).items
    return DeskView(
        navigation=navigation(session, agent, now),
        mine=mine,
        unheld=unheld,
        colleagues=_holders(session, (*mine, *unheld)),
    )


def queue_table(session: Session, agent: AgentView, now: datetime) -> QueueTable:
    return QueueTable(navigation=navigation(session, agent, now), over_time=over_time(session, now))


def cases_of(session: Session, agent: AgentView, now: datetime, wanted: CaseFilter) -> ListView:
    """A queue's list, or what a search found. Raises NotFound for an unknown queue."""
    beside = navigation(session, agent, now)
    queue = next((queue for queue in beside.queues if queue.slug == wanted.queue), None)
    if wanted.queue and queue is None:
        raise NotFound("There is no such queue.")
    listing = list_cases(session, replace(wanted, viewer=agent))
    return ListView(navigation=beside, listing=listing, colleagues=_holders(session, listing.items), queue=queue)


def ticked_cases(session: Session, agent: AgentView, now: datetime, case_ids: Sequence[int]) -> TickedCases:
    cases = cases_seen(session, agent, case_ids)
    return TickedCases(navigation=navigation(session, agent, now), cases=cases, colleagues=_holders(session, cases))


def _holders(session: Session, cases: Sequence[CaseView]) -> tuple[Colleague, ...]:
    return colleagues(session, {case.queue for case in cases}) if cases else ()


def whole_case(session: Session, agent: AgentView, now: datetime, case_id: int, names: Names = NOBODYS) -> WholeCase:
    """Raises NotFound."""
    require_visible(session, agent, case_id)
    page = case_page(session, case_id, agent, names)
    others = CaseFilter(contact_id=page.case.contact.id, but=case_id, viewer=agent, limit=_OTHERS)
    beside = navigation(session, agent, now)
    return WholeCase(
        navigation=beside,
        page=page,
        others=list_cases(session, others).items,
        colleagues=colleagues(session, [page.case.queue, *(queue.slug for queue in page.case.also_in)]),
        types=case_types(session),
        is_offered=is_offered(session, case_id),
        uploads=uploads_of(session, agent.id, case_id),
        templates=templates(session),
        alarms=alarms_of_case(session, case_id),
        is_restricted=bool(restricted_ids(session, [case_id])),
        calls=case_calls(session, case_id, agent.id),
        consents=consents(session, page.case.contact.id),
        flags=flags_of(session, page.case.contact.id),
        flags_in_use=flags_in_use(session),
    )


def people_here(session: Session, agent: AgentView, now: datetime) -> PeopleHere:
    return PeopleHere(navigation=navigation(session, agent, now), people=presences(session))


def notice_list(session: Session, agent: AgentView, now: datetime) -> NoticeList:
    return NoticeList(navigation=navigation(session, agent, now), items=notices_of(session, agent))


def alarm_page(session: Session, agent: AgentView, now: datetime, wanted: AlarmFilter) -> AlarmPage:
    return AlarmPage(navigation=navigation(session, agent, now), listing=list_alarms(session, agent, wanted))


def mailbox_list(session: Session, agent: AgentView, now: datetime) -> MailboxList:
    return MailboxList(navigation=navigation(session, agent, now), items=watches(session))


def unreadable_list(session: Session, agent: AgentView, now: datetime) -> UnreadableList:
    return UnreadableList(navigation=navigation(session, agent, now), items=unreadables(session))


def _unheld(agent: AgentView, slug: str | None, limit: int) -> CaseFilter:
    queues = agent.queue_ids if slug is None else None
    return CaseFilter(
        queue=slug, queue_ids=queues, agent=NOBODY, open_only=True, viewer=agent, sort="urgent", limit=limit
    )
