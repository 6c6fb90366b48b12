"""What the hub answers by itself to an arrival: a keyword's answer, or the acknowledgement of a new case."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from channels.contract import Verification
from hub.actions.casework.alerts import EMERGENCY
from hub.actions.intake._facts import FactsMaker
from hub.actions.intake._keywords import answer_to, order_of, status_of, takes_effect
from hub.actions.intake._threading import Contact, OpenCase, Threads
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.effects import Owed
from hub.actions.intake.rows import IntakeRows
from hub.directory import Directory, InboxEntry
from hub.languages import in_language

ENOUGH = "No acknowledgement was sent: this sender has had {count} within 24 hours."
_GAP = re.compile(r"\{(name|agent)\}")  # of a template for agents, whom it may have to name


@dataclass(slots=True)
class Answering:
    """What `answer` needs for a whole batch."""

    directory: Directory
    mail_domain: str
    rows: IntakeRows
    threads: Threads
    facts: FactsMaker
    owed: dict[int, Owed]  # by case: what rules do beyond the rows
    acknowledged_by: Callable[[int], int]  # of a contact: acknowledgements within 24 hours

    def answer(self, arrival: Arrival, contact: Contact, case: OpenCase) -> None:
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
            if not text:
                return
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
        wished = [owed.more.language] if owed is not None else []
        languages = [*wished, arrival.message.language, contact.language, *self.directory.languages]
        texts, why = arrival.inbox.acknowledgements, "acknowledgement"
        words = in_language(texts, languages) if texts else ""
        if owed is not None:
            answers = [danger.answer for danger in owed.dangers if danger.answer]
            if answers:
                facts = self.facts.of(arrival, contact)
                spoken_in = [danger.when.language_of(facts) for danger in owed.dangers]
                words, why = in_language(dict(answers[0]), [*spoken_in, *languages]), EMERGENCY
            elif owed.more.template in self.directory.templates:
                template = in_language(self.directory.templates[owed.more.template], languages)
                named = template.replace("{name}", arrival.message.sender_name or "{name}")
                words = words if _GAP.search(named) else named
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


def _answers(owed: Owed | None) -> bool:
    """Has a danger something to say to the citizen?"""
    return owed is not None and any(danger.answer for danger in owed.dangers)


def _is_acknowledged(arrival: Arrival, contact: Contact, case: OpenCase, by: InboxEntry, says_more: bool) -> bool:
    return bool(
        case.is_new
        and case.seq == 1
        and (arrival.inbox.acknowledgements or says_more)
        and arrival.uri
        and arrival.message.automatic is None
        and not arrival.message.is_belated
        and arrival.message.verification is not Verification.CLAIMED  # it might be somebody else's address
        and not (contact.opted_out and by.channel == "sms")
    )
