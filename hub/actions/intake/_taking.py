"""One arrival of a batch becomes part of a case: it joins one, or opens one that the router puts into a queue."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from channels.contract import Verification
from hub.actions.casework.shares import Copy
from hub.actions.intake._answering import Answering
from hub.actions.intake._facts import FactsMaker, compact_facts
from hub.actions.intake._keywords import order_of, outcome_of
from hub.actions.intake._threading import Contact, OpenCase, Thread, Threads
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.effects import Owed
from hub.actions.intake.rows import IntakeRows
from hub.actions.time.calendar_later import first_due
from hub.directory import Directory, QueueEntry
from hub.models import CaseStatus, Priority
from hub.reference import reference_of, spoken
from routing.effects import NOTHING_MORE
from routing.engine import Outcome, dangers_in, decide, restricted_by
from routing.facts import Facts

_SUBJECT_LETTERS = 80
_WOKEN_BY_CITIZEN = (CaseStatus.WAITING, CaseStatus.SNOOZED, CaseStatus.RESOLVED)


class Aside(NamedTuple):
    """What becomes no message: kept as an unreadable under the id that the message would have had."""

    id: int
    arrival: Arrival
    why: str


@dataclass(slots=True)
class Taking:
    """What `take` needs for a whole batch."""

    directory: Directory
    rows: IntakeRows
    threads: Threads
    case_ids: Iterator[int]
    facts: FactsMaker
    answering: Answering
    owed: dict[int, Owed]  # by case: what rules do beyond the rows
    alarms_of: Callable[[int], Mapping[str, bool]]  # of a case: by danger, whether one waits to be acknowledged
    aside: list[Aside] = field(default_factory=list)
    typed: list[tuple[int, str]] = field(default_factory=list)  # new cases that a rule gave a type
    copies: list[Copy] = field(default_factory=list)
    undated: set[int] = field(default_factory=set)  # queues whose calendar can't say when a case is due
    _due: dict[int, datetime | None] = field(default_factory=dict)  # by queue, of cases opened then

    def take(self, arrival: Arrival, contact: Contact, message_id: int) -> OpenCase | None:
        """The case that it became part of; None: a machine's answer to nothing of ours, which is kept aside."""
        thread = self.threads.find(arrival, contact, self.rows.now)
        is_copy = thread.case is not None and self.threads.is_copy(arrival, thread.case)
        if thread.case is not None and not is_copy and self.directory.rules.has_dangers:
            thread = self._apart(arrival, contact, thread, message_id)
        case = thread.case
        if case is None and not arrival.message.opens_case:
            self.aside.append(Aside(message_id, arrival, _aside_why(arrival, thread)))
            return None
        if case is None:
            case = self._open(arrival, contact, thread, message_id)
            contact.open_cases += case.status.is_open
        elif is_copy:
            self._copy(arrival, contact, case, message_id)
        else:
            self._join(arrival, contact, case, message_id)
        problems = _problems(arrival, thread, self.threads.has_other_body(arrival.message))
        self.rows.inbound(arrival, case, message_id, problems)
        self.threads.add(case, arrival.message, thread)
        self.answering.answer(arrival, contact, case)
        contact.is_new = False
        return case

    def _open(self, arrival: Arrival, contact: Contact, thread: Thread, message_id: int) -> OpenCase:
        facts = self.facts.of(arrival, contact)
        outcome = decide(facts, self.directory.rules, self.directory.queue_of_nobody(facts, arrival.inbox))
        case_id = next(self.case_ids)
        case = OpenCase(
            id=case_id,
            reference=reference_of(case_id),
            contact_id=contact.id,
            status=CaseStatus.CLOSED if order_of(arrival, contact) else CaseStatus.NEW,
            priority=Priority(outcome.priority),
            seq=0,
            touched_at=self.rows.now,
            queue_id=self.directory.queue_by_slug[outcome.queue].id,
            is_new=True,
        )
        detail: dict[str, object] = {"queue": outcome.queue, "rule": outcome.rule}
        if not self._is_dated(self.directory.queues[case.queue_id or 0]):
            detail["undated"] = True
        if thread.mentioned is not None:
            detail["mentions"] = thread.mentioned.reference
        self.rows.event(case, "opened", message_id, **detail)
        if outcome.more.type:
            self.typed.append((case_id, outcome.more.type))
        if outcome.more is not NOTHING_MORE:
            self._owe(arrival, case, message_id, outcome, facts)
        if arrival.said is not None and arrival.said.supposed and outcome.rule is None:
            self.rows.suppose(case, arrival.said)
        self._case_row(arrival, case, outcome, facts, message_id, thread)
        return case

    def _apart(self, arrival: Arrival, contact: Contact, thread: Thread, message_id: int) -> Thread:
        """Words of danger in a case about something else get a case of their own, which only few may see."""
        dangers = dangers_in(self.facts.of(arrival, contact), self.directory.rules)
        if not dangers or thread.case is None:
            return thread
        case_id, url = thread.case.id, arrival.inbox.port.public_url
        owed = self.owed.get(case_id, Owed(case_id=case_id, message_id=message_id, public_url=url))
        waits = {**self.alarms_of(case_id), **{danger.name: True for danger in owed.dangers}}
        if not any(danger.name in waits for danger in dangers):
            return Thread(None, mentioned=thread.case, apart=True)
        again = tuple(danger for danger in dangers if not waits.get(danger.name))
        if again:  # people are called again
            self.owed[case_id] = replace(owed, dangers=(*owed.dangers, *again))
        return thread

    def _owe(self, arrival: Arrival, case: OpenCase, message_id: int, outcome: Outcome, facts: Facts) -> None:
        self.owed[case.id] = Owed(
            case_id=case.id,
            message_id=message_id,
            public_url=arrival.inbox.port.public_url,
            rule=outcome.matched[0],
            more=outcome.more,
            dangers=outcome.more.dangers,
            restricting=restricted_by(facts, self.directory.rules) if outcome.more.dangers else "",
        )

    def _join(self, arrival: Arrival, contact: Contact, case: OpenCase, message_id: int) -> None:
        """A citizen's words wake a case; a machine's, and orders to the hub, only stand in it."""
        wakes = arrival.message.automatic is None and order_of(arrival, contact) is None
        if wakes and case.status is CaseStatus.RESOLVED:
            case.reopened = True
            outcome = decide(self.facts.of(arrival, contact), self.directory.rules, arrival.inbox.port.queue)
            priority = max(case.priority, Priority(outcome.priority), key=lambda p: p.rank)
            self.rows.event(case, "reopened", message_id, rule=outcome.rule, priority=priority)
            case.priority = priority
        case.woken = case.woken or (wakes and case.status in (CaseStatus.WAITING, CaseStatus.SNOOZED))
        if wakes and case.status in _WOKEN_BY_CITIZEN:
            case.status = CaseStatus.OPEN
        case.touched_at = self.rows.now
        self.rows.event(case, "received", message_id)

    def _copy(self, arrival: Arrival, contact: Contact, case: OpenCase, message_id: int) -> None:
        """The same mail at another inbox says nothing new; it may be for another department, too."""
        self.rows.event(case, "copied", message_id, inbox=arrival.inbox.port.name)
        said = arrival.message
        self.copies.append(
            Copy(
                case_id=case.id,
                message_id=message_id,
                inbox_id=arrival.inbox.id,
                mail=said.message_id,
                external_id=said.external_id,
                facts=self.facts.of(arrival, contact),
            )
        )

    def _is_dated(self, queue: QueueEntry) -> bool:
        """Whether the queue's calendar can say when a case is due; it is asked once."""
        if queue.id not in self._due:
            self._due[queue.id], is_known = first_due(queue, self.facts.at)
            if not is_known:
                self.undated.add(queue.id)
        return queue.id not in self.undated

    def _case_row(
        self, arrival: Arrival, case: OpenCase, outcome: Outcome, facts: Facts, message_id: int, thread: Thread
    ) -> None:
        queue = self.directory.queue_by_slug[outcome.queue]
        now = self.rows.now
        served = "" if case.status.is_open else outcome_of(arrival.message.keyword or "")
        follows = thread.mentioned if thread.follow_up or thread.apart else None
        self.rows.cases.append(
            {
                "id": case.id,
                "reference": case.reference,
                "subject": _subject(arrival),
                "status": case.status,
                "priority": case.priority,
                "priority_rank": -case.priority.rank,
                "queue_id": queue.id,
                "contact_id": case.contact_id,
                "inbox_id": arrival.inbox.id,
                "channel": arrival.inbox.channel,
                "tags": list(outcome.tags) if case.status.is_open else [*outcome.tags, served],
                "follow_up_of": follows.id if follows else None,
                "seq": case,  # the count of its events once the batch is whole
                "rule": outcome.rule,
                "rule_set_version": self.directory.rules.version,
                "facts": compact_facts(facts, message_id),
                "opened_at": now,
                "updated_at": now,
                "due_at": self._due[queue.id],
                "acknowledged_at": None,
                "resolved_at": None if case.status.is_open else now,
                "closed_at": None if case.status.is_open else now,
                "outcome": served,
            }
        )


def _aside_why(arrival: Arrival, thread: Thread) -> str:
    why = f"A machine's answer that belongs to no case ({arrival.message.automatic or 'automatic'})."
    if thread.mentioned is not None:
        why += f" It mentions case {spoken(thread.mentioned.reference)}, but its sender doesn't belong there."
    return why


def _problems(arrival: Arrival, thread: Thread, other_body: bool) -> list[str]:
    problems = list(arrival.message.problems)
    if other_body:
        problems.append("Another mail with the same Message-ID but other words came before: one of them may be forged.")
    if thread.other_sender and arrival.message.verification is not Verification.CLAIMED:
        problems.append("Sent to this case's reply address by somebody else: check who it is before you answer.")
    if thread.mentioned is not None:
        reference = spoken(thread.mentioned.reference)
        problems.append(
            f"Written in case {reference}, and set apart from it, since it speaks of danger."
            if thread.apart
            else f"Follows case {reference}, which has ended."
            if thread.follow_up
            else f"Mentions case {reference}, but the sender doesn't belong to that case."
        )
    return problems


def _subject(arrival: Arrival) -> str:
    """The mail's own, else the first words."""
    words = " ".join((arrival.message.subject or arrival.message.text).split())
    if len(words) <= _SUBJECT_LETTERS:
        return words
    return words[: _SUBJECT_LETTERS - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
