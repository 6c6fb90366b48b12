"""What is due by law, who is here, and what agents have been told: frozen views."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from hub.calendars import Calendars
from hub.models import (
    Agent,
    Case,
    CaseClock,
    CaseType,
    ClockState,
    Council,
    Notice,
    Presence,
    PresenceState,
    Role,
    Timer,
    TypedCase,
)
from hub.models.base import utcnow
from hub.queries.restrictions import is_seen, is_visible
from hub.queries.views import AgentView, ClockView
from routing.time.clocks import ClockRule, Term, parse_clocks

_WARN_BEFORE = timedelta(days=120)  # a year's calendar should be there well before its deadlines are reckoned


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeView:
    slug: str
    name: str
    clocks: tuple[str, ...]  # a sentence each: "Answer: 20 working days, until resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceView:
    email: str
    name: str
    state: str  # here, break, away
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    id: int
    reference: str  # of the case
    subject: str
    text: str
    at: datetime
    seen: bool


def types_of(session: Session, case_ids: Collection[int]) -> dict[int, tuple[CaseType, date]]:
    """The type of each case that has one, and the local day from which its clocks count."""
    found = select(TypedCase, CaseType).join(CaseType, col(CaseType.id) == col(TypedCase.type_id))
    rows = session.exec(found.where(col(TypedCase.case_id).in_(case_ids)))
    return {typed.case_id: (case_type, typed.received_on) for typed, case_type in rows}


def clocks_of(session: Session, types: Mapping[int, tuple[CaseType, date]]) -> dict[int, tuple[ClockView, ...]]:
    """The clocks of each of these cases' present type, in the order of the council file."""
    if not types:
        return {}
    calendars = Calendars.of(session.get_one(Council, 1))
    found = select(CaseClock).where(col(CaseClock.case_id).in_(types), CaseClock.state != ClockState.ENDED)
    clocks: defaultdict[int, list[ClockView]] = defaultdict(list)
    for clock in session.exec(found.order_by(col(CaseClock.id))):
        case_type = types[clock.case_id][0]
        if clock.type_id == case_type.id:
            rules = {rule.name: rule for rule in parse_clocks(case_type.clocks, lambda key, reason: None)}
            clocks[clock.case_id].append(_clock_view(clock, rules.get(clock.name), calendars))
    return {case_id: tuple(views) for case_id, views in clocks.items()}


def _clock_view(clock: CaseClock, rule: ClockRule | None, calendars: Calendars) -> ClockView:
    due_at = clock.due_at
    left = max(0, rule.extensions - clock.extensions) if rule else 0
    return ClockView(
        name=clock.name,
        title=rule.title if rule else clock.name,
        state=clock.state.value,
        term=str(rule.within) if rule else "",
        extended=str(Term(clock.extended_by, rule.within.unit)) if rule and clock.extended_by else "",
        until=rule.until if rule else "",
        started_on=clock.started_on,
        due_at=due_at,
        due_on=calendars.local(due_at).date() if due_at else None,
        met_at=clock.met_at,
        late=bool(clock.met_at and due_at and clock.met_at > due_at),
        paused_on=clock.paused_on,
        pause_reason=clock.pause_reason,
        extension=str(rule.extension) if rule and rule.extension and left else "",
        pauses=dict(rule.pauses) if rule else {},
        calendar_known=due_at is None or calendars.knows(due_at),
    )


def case_types(session: Session) -> tuple[TypeView, ...]:
    """Those that a case may be given, in the order of the council file."""
    found = select(CaseType).where(col(CaseType.active)).order_by(col(CaseType.id))
    return tuple(
        TypeView(
            slug=row.slug,
            name=row.name,
            clocks=tuple(
                f"{rule.title}: {rule.within}, until {rule.until}"
                for rule in parse_clocks(row.clocks, lambda key, reason: None)
            ),
        )
        for row in session.exec(found)
    )


def presences(session: Session, now: datetime | None = None) -> tuple[PresenceView, ...]:
    """Of every active agent who works on cases, by name; who closed the last page counts as away since then."""
    now = now or utcnow()
    found = (
        select(Agent, Presence)
        .outerjoin(Presence, col(Presence.agent_id) == col(Agent.id))
        .where(col(Agent.active), Agent.role != Role.AUDITOR)
        .order_by(col(Agent.name))
    )
    return tuple(_as_of(now, presence, _presence_view(agent, presence)) for agent, presence in session.exec(found))


def _as_of(now: datetime, presence: Presence | None, view: PresenceView) -> PresenceView:
    if presence is None or view.state != PresenceState.HERE or not presence.has_left(now):
        return view
    return replace(view, state=PresenceState.AWAY.value, since=presence.seen_at)


def presence_of(session: Session, agent_id: int) -> PresenceView:
    """Raises NoResultFound for an agent that isn't there."""
    return _presence_view(session.get_one(Agent, agent_id), session.get(Presence, agent_id))


def _presence_view(agent: Agent, presence: Presence | None) -> PresenceView:
    return PresenceView(
        email=agent.email,
        name=agent.name,
        state=(presence.state if presence else PresenceState.AWAY).value,
        reason=presence.reason if presence else "",
        since=presence.since if presence else None,
    )


def is_offered(session: Session, case_id: int) -> bool:
    """Whether its holder has still to accept it."""
    found = select(Timer.id).where(Timer.case_id == case_id, Timer.kind == "offer")
    return session.exec(found.limit(1)).first() is not None


def notices_of(session: Session, agent: AgentView, limit: int = 100) -> tuple[NoticeView, ...]:
    """What the agent was told, the latest first; nothing of a case that they don't see by now."""
    found = (
        select(Notice, Case.reference, Case.subject)
        .join(Case, col(Case.id) == col(Notice.case_id))
        .where(Notice.agent_id == agent.id)
        .order_by(col(Notice.id).desc())
    )
    if (visible := is_visible(agent)) is not None:
        found = found.where(visible)
    return tuple(
        NoticeView(
            id=row.id, reference=reference, subject=subject, text=row.text, at=row.at, seen=row.seen_at is not None
        )
        for row, reference, subject in session.exec(found.limit(limit))
    )


def unseen(session: Session, agent: AgentView) -> int:
    """How many of their notices the agent hasn't seen."""
    found = select(func.count()).where(Notice.agent_id == agent.id, col(Notice.seen_at).is_(None))
    if (seen := is_seen(agent, col(Notice.case_id))) is not None:
        found = found.where(seen)
    return session.exec(found.select_from(Notice)).one()


def calendar_warning(session: Session, now: datetime) -> str:
    """What is to be told of a calendar that ends soon; "" = nothing."""
    council = session.get(Council, 1)
    if council is None:
        return ""
    until = Calendars.of(council).known_until
    if until is None:
        return (
            f"No public holidays are known for {council.country}: deadlines count every weekday. "
            "Name them as [[holiday]] in the council file, and set holidays_until."
        )
    if now.date() + _WARN_BEFORE <= until:
        return ""
    return (
        f"Public holidays are known until {until.day} {until:%B %Y} only: deadlines after that day may be wrong. "
        "Add what was proclaimed since as [[holiday]], and set holidays_until in the council file."
    )
