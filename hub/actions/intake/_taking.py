"""One arrival of a batch becomes part of a case: it joins one, or opens one that the router puts into a queue."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import NamedTuple

from channels.contract import Verification
from hub.actions.casework.shares import Copy
from hub.actions.intake._keywords import answer_to, in_language, order_of, outcome_of, status_of, takes_effect
from hub.actions.intake._threading import Contact, OpenCase, Thread, Threads
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.backgrounds import UNKNOWN, Background
from hub.actions.intake.calendar_later import first_due
from hub.actions.intake.effects import Owed
from hub.actions.intake.rows import IntakeRows
from hub.directory import Directory, InboxEntry, QueueEntry
from hub.models import CaseStatus, Priority
from hub.reference import reference_of, spoken
from routing.effects import NOTHING_MORE
from routing.engine import Outcome, dangers_in, decide
from routing.facts import Facts

_SUBJECT_LETTERS = 80
EMERGENCY = "emergency"  # of a message: why it is automatic
_WOKEN_BY_CITIZEN = (CaseStatus.WAITING, CaseStatus.SNOOZED, CaseStatus.RESOLVED)

_BEYOND_MESSAGE = tuple(
    each.name
    for each in fields(Facts)
    if each.init and each.name not in ("channel", "inbox", "text", "subject", "sender", "to", "at", "wards")
)

ENOUGH = "No acknowledgement was sent: this sender has had {count} within 24 hours."


class Aside(NamedTuple):
    """What becomes no message: kept as an unreadable under the id that the message would have had."""

    id: int
    arrival: Arrival
    why: str


@dataclass(slots=True)
class Taking:
    """What `take` needs for a whole batch."""

    directory: Directory
    mail_domain: str
    rows: IntakeRows
    threads: Threads
    case_ids: Iterator[int]
    aside: list[Aside] = field(default_factory=list)
    typed: list[tuple[int, str]] = field(default_factory=list)  # new cases that a rule gave a type
    owed: dict[int, Owed] = field(default_factory=dict)  # by case: what rules do beyond the rows
    copies: list[Copy] = field(default_factory=list)
    backgrounds: Mapping[int, Background] = field(default_factory=dict)  # by contact
    hours: tuple[tuple[str, bool], ...] = ()  # of the queues that rules ask about
    alarm_of: Callable[[int], str] = lambda case_id: ""  # of a case: "", "acknowledged" or "unacknowledged"
    acknowledged_by: Callable[[int], int] = lambda contact_id: 0  # of a contact: acknowledgements within 24 hours
    _at: datetime = field(init=False)  # the batch's one moment, in the council's zone
    undated: set[int] = field(default_factory=set)  # queues whose calendar can't say when a case is due
    _due: dict[int, datetime | None] = field(default_factory=dict)  # by queue, of cases opened then

    def __post_init__(self) -> None:
        self._at = self.directory.local(self.rows.now)

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
        self.threads.add(case, arrival.message)
        self._answer(arrival, contact, case, message_id)
        contact.is_new = False
        return case

    def _open(self, arrival: Arrival, contact: Contact, thread: Thread, message_id: int) -> OpenCase:
        facts = self._facts(arrival, contact)
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
            self._owe(arrival, case, message_id, outcome)
        if arrival.said is not None and arrival.said.supposed and outcome.rule is None:
            self.rows.suppose(case, arrival.said)
        self._case_row(arrival, case, outcome, facts, message_id, thread)
        return case

    def _apart(self, arrival: Arrival, contact: Contact, thread: Thread, message_id: int) -> Thread:
        """Words of danger in a case about something else get a case of their own, which only few may see."""
        dangers = dangers_in(self._facts(arrival, contact), self.directory.rules)
        if not dangers or thread.case is None:
            return thread
        alarm = "unacknowledged" if thread.case.id in self.owed else self.alarm_of(thread.case.id)
        if alarm == "":
            return Thread(None, mentioned=thread.case, apart=True)
        if alarm == "acknowledged":  # danger again: people are called again
            url = arrival.inbox.port.public_url
            owed = Owed(case_id=thread.case.id, message_id=message_id, public_url=url, dangers=dangers)
            self.owed[thread.case.id] = owed
        return thread

    def _owe(self, arrival: Arrival, case: OpenCase, message_id: int, outcome: Outcome) -> None:
        self.owed[case.id] = Owed(
            case_id=case.id,
            message_id=message_id,
            public_url=arrival.inbox.port.public_url,
            rule=outcome.matched[0],
            more=outcome.more,
            dangers=outcome.more.dangers,
        )

    def _join(self, arrival: Arrival, contact: Contact, case: OpenCase, message_id: int) -> None:
        """A citizen's words wake a case; a machine's, and orders to the hub, only stand in it."""
        wakes = arrival.message.automatic is None and order_of(arrival, contact) is None
        if wakes and case.status is CaseStatus.RESOLVED:
            case.reopened = True
            outcome = decide(self._facts(arrival, contact), self.directory.rules, arrival.inbox.port.queue)
            priority = max(case.priority, Priority(outcome.priority), key=lambda p: p.rank)
            self.rows.event(case, "reopened", message_id, rule=outcome.rule, priority=priority)
            case.priority = priority
        case.woken = case.woken or (wakes and case.status is CaseStatus.WAITING)
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
                facts=self._facts(arrival, contact),
            )
        )

    def _answer(self, arrival: Arrival, contact: Contact, case: OpenCase, message_id: int) -> None:
        """A keyword's answer, or the acknowledgement of a new case: at most once a case, never to machines."""
        order = order_of(arrival, contact) or ("help" if arrival.message.keyword == "help" else None)
        by = self._answering_inbox(arrival)
        if order is not None:
            if not takes_effect(arrival, contact, order) or arrival.message.keyword_settled:
                return
            text, why = self._keyword_answer(arrival, contact, order), order
        elif by is not None and _is_acknowledged(arrival, contact, case, by, self._says_more(case)):
            if contact.acknowledged is None:
                contact.acknowledged = 0 if contact.is_new else self.acknowledged_by(contact.id)
            if contact.acknowledged >= arrival.inbox.acknowledge_daily and not _answers(self.owed.get(case.id)):
                self.rows.messages[-1]["problems"].append(ENOUGH.format(count=contact.acknowledged))
                return
            contact.acknowledged += 1
            text, why = self._acknowledgement(arrival, contact, case)
        else:
            return
        answer = self.rows.automatic_answer(arrival, case, text, why, self.mail_domain, by or arrival.inbox)
        acknowledged = why in ("acknowledgement", EMERGENCY)
        self.rows.event(case, "acknowledged" if acknowledged else "answered", answer)
        if case.is_new and acknowledged:
            self.rows.cases[-1]["acknowledged_at"] = self.rows.now

    def _acknowledgement(self, arrival: Arrival, contact: Contact, case: OpenCase) -> tuple[str, str]:
        """The text, and why it is sent: what the danger or the rule says, else the inbox's own."""
        owed = self.owed.get(case.id)
        words, why = arrival.inbox.acknowledge, "acknowledgement"
        if owed is not None:
            languages = [owed.more.language, arrival.message.language, contact.language, *self.directory.languages]
            answers = [danger.answer for danger in owed.dangers if danger.answer]
            if answers:
                facts = self._facts(arrival, contact)
                spoken_in = [danger.when.language_of(facts) for danger in owed.dangers]
                words, why = in_language(dict(answers[0]), [*spoken_in, *languages]), EMERGENCY
            elif owed.more.template in self.directory.templates:
                words = in_language(self.directory.templates[owed.more.template], languages)
            if owed.more.ask and not owed.dangers:
                question = in_language(dict(owed.more.ask), languages)
                words = f"{words}\n\n{question}" if words else question
                self.owed[case.id] = replace(owed, asked=True)
        return words.replace("{reference}", case.reference).replace("{council}", self.directory.council), why

    def _says_more(self, case: OpenCase) -> bool:
        """Has a rule or a danger words of its own for the citizen?"""
        owed = self.owed.get(case.id)
        if owed is None:
            return False
        return bool(owed.more.ask or owed.more.template in self.directory.templates or _answers(owed))

    def _keyword_answer(self, arrival: Arrival, contact: Contact, order: str) -> str:
        """STATUS is told of the case that the sender named, or of their latest; only of their own."""
        languages = [contact.language, *self.directory.languages, "en"]
        values = {"council": self.directory.council}
        if order == "status":
            case = self._asked_case(arrival, contact)
            if case is None:
                return answer_to("no_case", (), languages, values)
            queue = self.directory.queues[case.queue_id].name
            values |= status_of(case, queue, languages)
        return answer_to(order, arrival.message.keyword_answers, languages, values)

    def _asked_case(self, arrival: Arrival, contact: Contact) -> OpenCase | None:
        if any(map(str.isdigit, arrival.message.text)):
            ids: Iterable[int] = arrival.quoted_cases
        else:
            ids = self.threads.latest.get(contact.id, ())
        cases = (case for case_id in ids if (case := self.threads.cases.get(case_id)))
        return next((case for case in cases if case.contact_id == contact.id), None)

    def _answering_inbox(self, arrival: Arrival) -> InboxEntry | None:
        """A call is answered by a text from the same number, when the council has an inbox for that."""
        if arrival.inbox.channel != "voice":
            return arrival.inbox
        return self.directory.inbox_by_address.get(("sms", arrival.inbox.port.address.lower()))

    def _facts(self, arrival: Arrival, contact: Contact) -> Facts:
        said = arrival.message
        background = self.backgrounds.get(contact.id, UNKNOWN)
        return Facts(
            channel=arrival.inbox.channel,
            inbox=arrival.inbox.port.name,
            text=said.text,
            subject=said.subject,
            sender=said.sender.value if said.sender else "",
            at=self._at,
            known=not contact.is_new,
            open_cases=contact.open_cases,
            attachments=len(said.files) + len(said.remote_files),
            language=said.language,
            menu=said.menu,
            automatic=said.automatic is not None,
            to=arrival.inbox.port.address,
            verification=said.verification.value,
            days_since=background.days_since,
            flags=background.flags,
            hours=self.hours,
            topic=arrival.said.topic if arrival.said else "",
            confidence=arrival.said.confidence if arrival.said else 0.0,
            topic_by=arrival.said.by if arrival.said else "",
            supposed=arrival.said.supposed if arrival.said else (),
        )

    def _is_dated(self, queue: QueueEntry) -> bool:
        """Whether the queue's calendar can say when a case is due; it is asked once."""
        if queue.id not in self._due:
            self._due[queue.id], is_known = first_due(queue, self._at)
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


def compact_facts(facts: Facts, message_id: int) -> dict[str, object]:
    """What can't be read from the message itself: the explanation is made again from both."""
    stored: dict[str, object] = {"message": message_id, "at": facts.at.isoformat()}
    for name in _BEYOND_MESSAGE:
        if value := getattr(facts, name):
            stored[name] = value
    if facts.verification == "delivered":  # as most are
        del stored["verification"]
    if facts.hours:
        stored["hours"] = dict(facts.hours)
    return stored


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


def _answers(owed: Owed | None) -> bool:
    """Has a danger something to say to the citizen?"""
    return owed is not None and any(danger.answer for danger in owed.dangers)


def _is_acknowledged(arrival: Arrival, contact: Contact, case: OpenCase, by: InboxEntry, says_more: bool) -> bool:
    return bool(
        case.is_new
        and case.seq == 1
        and (arrival.inbox.acknowledge or says_more)
        and arrival.uri
        and arrival.message.automatic is None
        and not arrival.message.is_belated
        and arrival.message.verification is not Verification.CLAIMED  # it might be somebody else's address
        and not (contact.opted_out and by.channel == "sms")
    )


def _subject(arrival: Arrival) -> str:
    """The mail's own, else the first words."""
    words = " ".join((arrival.message.subject or arrival.message.text).split())
    if len(words) <= _SUBJECT_LETTERS:
        return words
    return words[: _SUBJECT_LETTERS - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
