"""One arrival of a batch becomes part of a case: it joins one, or opens one that the router puts into a queue."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.actions._arrivals import Arrival
from hub.actions._intake_rows import IntakeRows
from hub.actions._threading import CONSENT, Contact, OpenCase, Thread, Threads
from hub.directory import Directory, InboxEntry
from hub.models import CaseStatus, Priority
from hub.reference import reference_of, spoken
from routing.engine import Outcome, decide
from routing.facts import Facts

_SUBJECT_LETTERS = 80
_WOKEN_BY_CITIZEN = (CaseStatus.WAITING, CaseStatus.SNOOZED, CaseStatus.RESOLVED)

KEYWORD_ANSWERS = {
    "stop": "You will get no more texts from {council}. Reply START to get them again.",
    "start": "You will get texts from {council} again. Reply STOP to end them.",
    "help": "{council}: text us your question and we will answer. Reply STOP to get no more texts.",
}


@dataclass(slots=True)
class Taking:
    """What `take` needs for a whole batch."""

    directory: Directory
    mail_domain: str
    rows: IntakeRows
    threads: Threads
    case_ids: Iterator[int]
    _due: dict[int, object] = field(default_factory=dict)  # by queue: one batch has one moment

    def take(self, arrival: Arrival, contact: Contact, message_id: int) -> OpenCase:
        thread = self.threads.find(arrival, contact, self.rows.now)
        case = thread.case
        if case is None:
            case = self._open(arrival, contact, thread, message_id)
            contact.open_cases += case.status.is_open
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
        outcome = decide(facts, self.directory.rules, arrival.inbox.port.queue)
        case_id = next(self.case_ids)
        case = OpenCase(
            id=case_id,
            reference=reference_of(case_id),
            contact_id=contact.id,
            status=CaseStatus.CLOSED if consent_word(arrival, contact) else CaseStatus.NEW,
            priority=Priority(outcome.priority),
            seq=0,
            touched_at=self.rows.now,
            is_new=True,
        )
        detail = {"queue": outcome.queue, "rule": outcome.rule}
        if thread.mentioned is not None:
            detail["mentions"] = thread.mentioned.reference
        self.rows.event(case, "opened", message_id, **detail)
        self._case_row(arrival, case, outcome, facts, message_id, thread)
        return case

    def _join(self, arrival: Arrival, contact: Contact, case: OpenCase, message_id: int) -> None:
        """A citizen's words wake a case; a machine's, and words of consent, only stand in it."""
        wakes = arrival.message.automatic is None and consent_word(arrival, contact) is None
        if wakes and case.status is CaseStatus.RESOLVED:
            case.reopened = True
            outcome = decide(self._facts(arrival, contact), self.directory.rules, arrival.inbox.port.queue)
            priority = max(case.priority, Priority(outcome.priority), key=lambda p: p.rank)
            self.rows.event(case, "reopened", message_id, rule=outcome.rule, priority=priority)
            case.priority = priority
        if wakes and case.status in _WOKEN_BY_CITIZEN:
            case.status = CaseStatus.OPEN
        case.touched_at = self.rows.now
        self.rows.event(case, "received", message_id)

    def _answer(self, arrival: Arrival, contact: Contact, case: OpenCase, message_id: int) -> None:
        """A keyword's answer, or the acknowledgement of a new case: at most once a case, never to machines."""
        word = consent_word(arrival, contact) or ("help" if arrival.message.keyword == "help" else None)
        if word == "stop" and contact.opted_out:
            return  # confirmed before
        by = self._answering_inbox(arrival)
        if word is not None:
            text = KEYWORD_ANSWERS[word].format(council=self.directory.council)
            contact.opted_out = word == "stop" or (contact.opted_out and word != "start")
            why = word
        elif by is not None and _is_acknowledged(arrival, contact, case, by):
            text = arrival.inbox.acknowledge.replace("{reference}", case.reference)
            text = text.replace("{council}", self.directory.council)
            why = "acknowledgement"
        else:
            return
        answer = self.rows.automatic_answer(arrival, case, text, why, self.mail_domain, by or arrival.inbox)
        self.rows.event(case, "acknowledged" if why == "acknowledgement" else "answered", answer)
        if case.is_new and why == "acknowledgement":
            self.rows.cases[-1]["acknowledged_at"] = self.rows.now

    def _answering_inbox(self, arrival: Arrival) -> InboxEntry | None:
        """A call is answered by a text from the same number, when the council has an inbox for that."""
        if arrival.inbox.channel != "voice":
            return arrival.inbox
        return self.directory.inbox_by_address.get(("sms", arrival.inbox.port.address.lower()))

    def _facts(self, arrival: Arrival, contact: Contact) -> Facts:
        said = arrival.message
        return Facts(
            channel=arrival.inbox.channel,
            inbox=arrival.inbox.port.name,
            text=said.text,
            subject=said.subject,
            sender=said.sender.value if said.sender else "",
            at=self.directory.local(self.rows.now),
            known=not contact.is_new,
            open_cases=contact.open_cases,
            attachments=len(said.files) + len(said.remote_files),
            language=said.language,
            menu=said.menu,
            automatic=said.automatic is not None,
        )

    def _case_row(
        self, arrival: Arrival, case: OpenCase, outcome: Outcome, facts: Facts, message_id: int, thread: Thread
    ) -> None:
        queue = self.directory.queue_by_slug[outcome.queue]
        if queue.id not in self._due:
            self._due[queue.id] = queue.due_at(self.directory.local(self.rows.now))
        now = self.rows.now
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
                "tags": list(outcome.tags) if case.status.is_open else [*outcome.tags, CONSENT],
                "follow_up_of": thread.mentioned.id if thread.follow_up and thread.mentioned else None,
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
                "outcome": "" if case.status.is_open else CONSENT,
            }
        )


def consent_word(arrival: Arrival, contact: Contact) -> str | None:
    """`stop`, or `start` from somebody who had opted out: consent, and no work for a caseworker. To anybody else
    YES is an answer, and who texts HELP may need it: those are words like any other."""
    word = arrival.message.keyword
    return word if word == "stop" or (word == "start" and contact.opted_out) else None


def compact_facts(facts: Facts, message_id: int) -> dict[str, object]:
    """What can't be read from the message itself: the explanation is made again from both."""
    stored = facts.to_json()
    for name in ("channel", "inbox", "text", "subject", "from"):
        del stored[name]
    return {"message": message_id, **{name: value for name, value in stored.items() if value or name == "at"}}


def _problems(arrival: Arrival, thread: Thread, other_body: bool) -> list[str]:
    problems = list(arrival.message.problems)
    if other_body:
        problems.append("Another mail with the same Message-ID but other words came before: one of them may be forged.")
    if thread.other_sender:
        problems.append("Sent to this case's reply address by somebody else: check who it is before you answer.")
    if thread.mentioned is not None:
        reference = spoken(thread.mentioned.reference)
        problems.append(
            f"Follows case {reference}, which has ended."
            if thread.follow_up
            else f"Mentions case {reference}, but the sender doesn't belong to that case."
        )
    return problems


def _is_acknowledged(arrival: Arrival, contact: Contact, case: OpenCase, by: InboxEntry) -> bool:
    return bool(
        case.is_new
        and case.seq == 1
        and arrival.inbox.acknowledge
        and arrival.uri
        and arrival.message.automatic is None
        and not (contact.opted_out and by.channel == "sms")
    )


def _subject(arrival: Arrival) -> str:
    """The mail's own, else the first words."""
    words = " ".join((arrival.message.subject or arrival.message.text).split())
    if len(words) <= _SUBJECT_LETTERS:
        return words
    return words[: _SUBJECT_LETTERS - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
