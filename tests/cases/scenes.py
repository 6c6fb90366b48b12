"""What may meet: cases as they may be (their status, and an alarm, a rule, a clock or a second department beside it),
and what may happen to them, by a caseworker's hand or from outside."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from channels.contract import DeliveryStatus, DeliveryUpdate
from hub.actions.casework.alarms import acknowledge_alarms, record_false_alarm
from hub.actions.casework.cases import assign, claim, close_resolved, note, release, reopen, resolve, transfer
from hub.actions.casework.distribute import distribute
from hub.actions.casework.merging import merge, unmerge
from hub.actions.casework.raising import raise_by_hand
from hub.actions.casework.shares import share, unshare
from hub.actions.casework.wrong_queue import correct_queue
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.updates import take_status
from hub.actions.sending.fates import settle
from hub.actions.sending.reply import Enclosed, reply
from hub.actions.sending.undo import undo_reply
from hub.actions.time.calendar_later import date_all_anew
from hub.actions.time.case_types import extend_clock, meet_clock, pause_clock, resume_clock, set_type
from hub.actions.time.firing import due_timers, fire_timer
from hub.actions.time.snoozing import KIND as WAKE
from hub.actions.time.snoozing import snooze, unsnooze
from hub.errors import NotFound
from hub.models import (
    Case,
    CaseClock,
    Direction,
    Message,
    MessageStatus,
    Queue,
    Timer,
)  # fmt: skip
from hub.models.base import utcnow
from tests.alarms.conftest import RULES
from tests.cases.anytown import COUNCIL, MAIL_DOMAIN, Town
from tests.time.test_case_types import TYPES
from tests.time.test_escalations import STEPS

TARGETS = (
    'first_response = "4h"\nnext_response = "1d"\nresolution = "3d"\nassignment = "round-robin"\naccept_within = "1h"'
)


ANYTOWN = (
    COUNCIL.replace('first_response = "4h"', TARGETS)
    + RULES
    + TYPES.replace("rolls = true", 'rolls = true\nuntil = "replied"')
    + STEPS
)


YEAR = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Three cases of three citizens: `case` is acted upon, `other` is as it is but for its status, `plain` is plain."""

    session: Session
    town: Town
    words: Mapping[str, Arrival]
    case: int
    other: int
    plain: int
    who: int  # works in the case's queue

    def row(self, case_id: int | None = None) -> Case:
        return self.session.get_one(Case, case_id or self.case, populate_existing=True)

    def do(self, step: "Step") -> None:
        """As in a session of its own."""
        step(self)
        self.session.flush()
        self.session.expire_all()

    def hear(self, words: str, case_id: int = 0) -> int:
        """The citizen's mail about that case; the id of the case that it came to."""
        arrival = replace(self.words[words], quoted_cases=(case_id,) if case_id else ())
        [[receipt]] = self.town.desk._receive(self.session, [[arrival]])
        return self.session.exec(select(Message.case_id).where(Message.id == receipt.message_id)).one()

    def fire(self, *kinds: str) -> None:
        for timer_id in due_timers(self.session, utcnow() + YEAR, 1000):
            timer = self.session.get(Timer, timer_id)
            if timer is not None and (not kinds or timer.kind in kinds):
                fire_timer(self.session, timer_id, timer.due_at)

    def our_latest(self) -> Message:
        ours = select(Message).where(Message.case_id == self.case, Message.direction == Direction.OUT)
        latest = self.session.exec(ours.order_by(col(Message.automatic), col(Message.id).desc())).first()
        if latest is None:
            raise NotFound("Nothing was answered.")
        return latest


def _answer(s: Scene) -> Any:
    undo_for = Enclosed(undo_for=timedelta(minutes=1))
    return reply(s.session, s.case, s.who, "Which street?", mail_domain=MAIL_DOMAIN, enclosed=undo_for)


def _raise(s: Scene, name: str, case_id: int = 0) -> int:
    about: dict[str, Any] = {"public_url": "http://hub", "mail_domain": MAIL_DOMAIN, "directory": s.town.hub.directory}
    return raise_by_hand(s.session, case_id or s.case, s.who, name, "They say goodbye.", answers=True, **about)


def _deliver(s: Scene) -> None:
    update = DeliveryUpdate(channel="email", inbox="help", external_id="", status=DeliveryStatus.DELIVERED)
    take_status(s.session, s.row(), s.our_latest(), update)


def _let_over(s: Scene) -> None:
    s.session.get_one(Queue, s.row().queue_id).overflow = {"to": "roads", "over": 0}
    distribute(s.session, utcnow())


def _calendar_changes(s: Scene) -> None:
    date_all_anew(s.session, utcnow())
    s.fire("calendar")


def _to(s: Scene, case_id: int) -> str:
    return s.row(case_id).reference


Step = Callable[[Scene], Any]


VERBS: dict[str, Step] = {
    "claim": lambda s: claim(s.session, s.case, s.who),
    "claim by a leader": lambda s: claim(s.session, s.case, s.town.agents["lea"]),
    "release": lambda s: release(s.session, s.case, s.who),
    "assign": lambda s: assign(s.session, s.case, s.who, "lea@anytown.example"),
    "transfer": lambda s: transfer(s.session, s.case, s.who, "roads", "A pothole"),
    "transfer to targets": lambda s: transfer(s.session, s.case, s.who, "waste", "A bin"),
    "wrong queue": lambda s: correct_queue(s.session, s.case, s.who, "triage"),
    "share": lambda s: share(s.session, s.case, s.who, "triage", "Theirs, too"),
    "unshare": lambda s: unshare(s.session, s.case, s.who, "roads"),
    "snooze": lambda s: snooze(s.session, s.case, s.who, utcnow() + timedelta(days=9)),
    "unsnooze": lambda s: unsnooze(s.session, s.case, s.who),
    "merge": lambda s: merge(s.session, s.case, s.who, _to(s, s.other)),
    "merge into a plain one": lambda s: merge(s.session, s.case, s.who, _to(s, s.plain)),
    "merge a like one into it": lambda s: merge(s.session, s.other, s.who, _to(s, s.case)),
    "merge a plain one into it": lambda s: merge(s.session, s.plain, s.who, _to(s, s.case)),
    "unmerge": lambda s: unmerge(s.session, s.case, s.who),
    "unmerge the plain one": lambda s: unmerge(s.session, s.plain, s.who),
    "reply": _answer,
    "undo the reply": lambda s: undo_reply(s.session, s.case, s.who, s.our_latest().id),
    "note": lambda s: note(s.session, s.case, s.who, "Looked at it"),
    "resolve": lambda s: resolve(s.session, s.case, s.who, "Done"),
    "reopen": lambda s: reopen(s.session, s.case, s.who),
    "type": lambda s: set_type(s.session, s.case, s.who, "access"),
    "another type": lambda s: set_type(s.session, s.case, s.who, "complaint-1"),
    "pause": lambda s: pause_clock(s.session, s.case, s.who, "answer", "clarification"),
    "resume": lambda s: resume_clock(s.session, s.case, s.who, "answer"),
    "extend": lambda s: extend_clock(s.session, s.case, s.who, "answer", "Much to read"),
    "meet": lambda s: meet_clock(s.session, s.case, s.who, "answer"),
    "raise an alarm": lambda s: _raise(s, "Self-harm"),
    "raise an open alarm": lambda s: _raise(s, "Gas leak"),
    "acknowledge": lambda s: acknowledge_alarms(s.session, s.case, s.who),
    "false alarm": lambda s: record_false_alarm(s.session, s.case, s.who, "A song"),
}


EVENTS: dict[str, Step] = {
    "the citizen writes": lambda s: s.hear("more", s.case),
    "the citizen speaks of danger": lambda s: s.hear("danger", s.case),
    "an answer arrives": _deliver,
    "an answer fails": lambda s: settle(s.session, s.row(), s.our_latest(), MessageStatus.FAILED, "No such box.", ""),
    "woken": lambda s: s.fire(WAKE),
    "timers fire": lambda s: s.fire(),
    "given out": lambda s: distribute(s.session, utcnow()),
    "let over": _let_over,
    "closed": lambda s: close_resolved(s.session, utcnow() + timedelta(days=15)),
    "the calendar changes": _calendar_changes,
}


STEPS_OF = VERBS | EVENTS


STATUSES: dict[str, tuple[str, ...]] = {  # by what it comes to be so
    "new": (),
    "offered": ("given out",),
    "open": ("claim",),
    "waiting": ("claim", "reply"),
    "put off, then waiting": ("claim", "snooze", "reply", "woken"),
    "answered again": ("claim", "reply", "the citizen writes"),
    "snoozed": ("claim", "snooze"),
    "snoozed while waiting": ("reply", "snooze"),
    "resolved": ("claim", "resolve"),
    "closed": ("claim", "resolve", "closed"),
    "joined": ("claim", "merge"),
    "joined while snoozed": ("claim", "snooze", "merge", "woken"),
    "with another in it": ("claim", "merge a plain one into it"),
}


def _typed(s: Scene, case_id: int) -> None:
    set_type(s.session, case_id, s.who, "access")


def _paused(s: Scene, case_id: int) -> None:
    _typed(s, case_id)
    pause_clock(s.session, case_id, s.who, "answer", "clarification")
    clock = s.session.exec(select(CaseClock).where(CaseClock.case_id == case_id)).one()
    clock.paused_on = clock.paused_on and clock.paused_on - timedelta(days=3)


def _shared(s: Scene, case_id: int) -> None:
    share(s.session, case_id, s.who, "roads", "A bin in a pothole")


@dataclass(frozen=True)
class Plight:
    """What else there is to a case: said by the citizen, or done to it."""

    said: str = "My missed bin"
    who: str = "ann"
    done: Callable[[Scene, int], Any] = lambda s, case_id: None


PLIGHTS = {
    "plain": Plight(),
    "alarm waiting": Plight("I will kill myself", "cat"),
    "alarm acknowledged": Plight(
        "I will kill myself", "cat", lambda s, case: acknowledge_alarms(s.session, case, s.who)
    ),
    "alarm of an open kind": Plight("I smell gas", "bob", lambda s, case: acknowledge_alarms(s.session, case, s.who)),
    "restricted by a rule": Plight("My missed bin at our shop, number 4"),
    "clock running": Plight(done=_typed),
    "clock paused": Plight(done=_paused),
    "shared": Plight(who="bob", done=_shared),
}


@contextmanager
def taken_back(session: Session) -> Iterator[None]:
    begun = session.begin_nested()
    session.connection()  # from here on, also where the intake asks the driver itself
    try:
        yield
    finally:
        begun.rollback()
        session.expire_all()
