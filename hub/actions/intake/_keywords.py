"""What the hub answers by itself to a text that is an order: STOP, START, HELP, STATUS, and a council's own words.

The answer is in the citizen's language, else in the council's first. An inbox's own words for it go first.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session

from hub.actions.intake._threading import CONSENT, KEYWORD, Contact, OpenCase
from hub.actions.intake.arrivals import Arrival
from hub.db.dialects import dialect_of
from hub.languages import in_language
from hub.models import CaseStatus
from hub.reference import spoken

Texts = Mapping[str, str]  # by language; "" is for everybody

ANSWERS: Mapping[str, Texts] = {
    "stop": {
        "en": "You will get no more texts from {council}. Reply START to get them again.",
        "cy": "Ni chewch ragor o negeseuon testun gan {council}. Atebwch START i'w cael eto.",
    },
    "start": {
        "en": "You will get texts from {council} again. Reply STOP to end them.",
        "cy": "Byddwch yn cael negeseuon testun gan {council} eto. Atebwch STOP i'w hatal.",
    },
    "help": {
        "en": "{council}: text us your question and we will answer. Reply STOP to get no more texts.",
        "cy": "{council}: anfonwch eich cwestiwn atom a byddwn yn ateb. Atebwch STOP i beidio â chael rhagor.",
    },
    "status": {
        "en": "Case {reference}: {status}. It is with {queue}.",
        "cy": "Achos {reference}: {status}. Mae gyda {queue}.",
    },
    "no_case": {
        "en": "We find no such case for this number. Check the reference, or text us your question.",
        "cy": "Ni allwn ddod o hyd i achos o'r fath i'r rhif hwn. Gwiriwch y cyfeirnod, neu anfonwch eich cwestiwn.",
    },
}
_STATES: Mapping[str, Texts] = {
    "new": {
        "en": "we have it, and nobody has begun on it yet",
        "cy": "mae gennym, ond nid oes neb wedi dechrau arno eto",
    },
    "open": {"en": "we are working on it", "cy": "rydym yn gweithio arno"},
    "waiting": {"en": "we have answered and wait for you", "cy": "rydym wedi ateb ac yn aros amdanoch chi"},
    "snoozed": {"en": "we are working on it", "cy": "rydym yn gweithio arno"},
    "resolved": {"en": "it is finished", "cy": "mae wedi'i orffen"},
    "closed": {"en": "it is finished", "cy": "mae wedi'i orffen"},
}


def order_of(arrival: Arrival, contact: Contact) -> str | None:
    """The order that this text is, and no work for a caseworker. START only from somebody who had opted out: to
    anybody else YES is an answer. Who texts HELP may need it: that is a word like any other, with an answer."""
    word = arrival.message.keyword
    if word is None or word == "help":
        return None
    if word == "start" and not contact.opted_out and arrival.message.purpose == "all":
        return None
    return word


def outcome_of(order: str) -> str:
    """The outcome of a case that is nothing but an order: closed from its start, never continued."""
    return CONSENT if order in ("stop", "start") else KEYWORD


def takes_effect(arrival: Arrival, contact: Contact, order: str) -> bool:
    """Opens or closes the contact's number; False when a STOP has been confirmed before."""
    if order not in ("stop", "start") or arrival.message.purpose != "all":
        return True
    before, contact.opted_out = contact.opted_out, order == "stop"
    return not (before and contact.opted_out)


def answer_to(order: str, own: Iterable[tuple[str, str]], languages: Sequence[str], values: Mapping[str, str]) -> str:
    """The text of the answer: the inbox's own for it, else the hub's. languages: those that may be used, best first."""
    return _filled(in_language(dict(own) or ANSWERS[order], languages), values)


def status_of(case: OpenCase, queue_name: str, languages: Sequence[str]) -> dict[str, str]:
    """What an answer to STATUS may say of a case."""
    return {
        "reference": spoken(case.reference),
        "status": in_language(_STATES[CaseStatus(case.status).value], languages),
        "queue": queue_name,
    }


def load_languages(session: Session, arrivals: Sequence[Arrival], contacts: Sequence[Contact]) -> None:
    """The language of those whose text is to be answered at once, and isn't told by it."""
    asking = {
        c.id: c
        for a, c in zip(arrivals, contacts, strict=True)
        if not c.is_new and (a.message.keyword is not None or (a.inbox.speaks_several and not a.message.language))
    }
    if asking:
        sql = "SELECT id, language FROM contacts WHERE id IN MANY(:ids)"
        for contact_id, language in dialect_of(session).fetch(session, sql, ids=sorted(asking)):
            asking[contact_id].language = language


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Only what was written as a placeholder is replaced; braces in the council's or a citizen's words stay."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
