"""The intake: what citizens said becomes messages of cases, a batch in one transaction and a few statements.

Nothing here is the ORM's: sessions and commits a message carry a few hundred messages a second, this some thousands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from sqlmodel import Session

from channels.contract import Receipt, Verification
from hub.actions.casework.alarms import alarms_of
from hub.actions.casework.shares import note_copies
from hub.actions.events import new_ids
from hub.actions.intake._addresses import hold_addresses
from hub.actions.intake._after_intake import after_intake
from hub.actions.intake._answering import Answering
from hub.actions.intake._facts import FactsMaker
from hub.actions.intake._joinable import find_threads
from hub.actions.intake._keywords import load_languages
from hub.actions.intake._numbers import add_numbers, join_numbers
from hub.actions.intake._taking import Aside, Taking
from hub.actions.intake._threading import Contact, Threads
from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.backgrounds import find_backgrounds, open_hours
from hub.actions.intake.consent import note_consents
from hub.actions.intake.effects import Owed, carry_out
from hub.actions.intake.rows import IntakeRows
from hub.db.dialects import dialect_of
from hub.db.session import wake
from hub.directory import Directory
from hub.models import CaseStatus, Unreadable
from hub.models import Receipt as ReceiptRow
from hub.models.base import utcnow

Key = tuple[int, str]  # inbox id, external id

_DAY = timedelta(days=1)
_IDS_EACH = 9  # the message, address and contact, the hub's answer, four events, one to spare; files take their own


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """Holds the council that `receive` serves; made anew when the council changes."""

    directory: Directory
    mail_domain: str

    def receive(self, session: Session, batches: Sequence[Sequence[Arrival]]) -> list[list[Receipt]]:
        """Stores every arrival once and answers receipts in the same shape.

        A duplicate by (inbox, external id) changes nothing and is answered with what the first became.
        """
        arrivals = [arrival for batch in batches for arrival in batch]
        now = utcnow()
        unique: dict[Key, Arrival] = {}
        for arrival in arrivals:
            unique.setdefault(arrival.key, arrival)  # of two with one id the first is the message
        ids = iter(new_ids(session, _IDS_EACH * len(unique) + sum(map(_more_ids, unique.values()))))
        fresh = _claim(session, unique, ids, now)
        receipts = self._store(session, fresh, ids, now) if fresh else {}
        repeated = [arrival.key for arrival in arrivals if arrival.key not in receipts]
        earlier = _earlier_receipts(session, repeated) if repeated else {}
        told: set[Key] = set()
        return [[_receipt(arrival.key, receipts, earlier, told) for arrival in batch] for batch in batches]

    def _store(
        self, session: Session, fresh: Mapping[Key, tuple[Arrival, int]], ids: Iterator[int], now: datetime
    ) -> dict[Key, Receipt]:
        arrivals = [arrival for arrival, _ in fresh.values()]
        rows = IntakeRows(now, ids)
        contacts = _find_contacts(session, arrivals, rows)
        load_languages(session, arrivals, contacts)
        threads = find_threads(session, arrivals, contacts, now)
        opening, deciding = _new_to(threads, arrivals, contacts, now)
        _count_acknowledged(session, opening, now)
        facts = self._facts(session, contacts, deciding, now)
        owed: dict[int, Owed] = {}

        def acknowledged_by(contact_id: int) -> int:
            return _acknowledged(session, [contact_id], now).get(contact_id, 0)

        taking = Taking(
            directory=self.directory,
            rows=rows,
            threads=threads,
            case_ids=_case_ids(session, len(opening)),
            facts=facts,
            answering=Answering(self.directory, self.mail_domain, rows, threads, facts, owed, acknowledged_by),
            owed=owed,
            alarms_of=partial(alarms_of, session),
        )
        receipts: dict[Key, Receipt] = {}
        for (arrival, message_id), contact in zip(fresh.values(), contacts, strict=True):
            case = taking.take(arrival, contact, message_id)
            reference = case.reference if case else ""
            receipts[arrival.key] = Receipt(reference=reference, message_id=message_id if case else None)
        rows.write(session)
        if taking.aside:
            _keep_aside(session, taking.aside, now)
        note_consents(session, fresh.values(), now)
        if owed:
            carry_out(session, owed.values(), self.mail_domain, now)
        if taking.copies:
            note_copies(session, self.directory, taking.copies, now)
        after_intake(session, self.directory, rows.cases, rows.changed.values(), taking.typed, taking.undated, now)
        _wake(session, rows)
        return receipts

    def _facts(
        self, session: Session, contacts: Sequence[Contact], deciding: Sequence[Contact], now: datetime
    ) -> FactsMaker:
        facts, rules = FactsMaker(self.directory.local(now)), self.directory.rules
        if rules.asks:
            asked = find_backgrounds(session, rules.asks, deciding, now)
            others = find_backgrounds(session, rules.dangers_ask, contacts, now) if rules.dangers_ask else {}
            facts.backgrounds = {**others, **asked}
            facts.hours = open_hours(self.directory, now)
        return facts


def _wake(session: Session, rows: IntakeRows) -> None:
    """Whoever has something to do now."""
    wake(session, "events")
    if any(row["status"] == "queued" for row in rows.messages):
        wake(session, "outbox")
    if any(row["due_at"] is not None for row in rows.attachments):
        wake(session, "attachments")


def _keep_aside(session: Session, aside: Sequence[Aside], now: datetime) -> None:
    """Rare enough for the ORM."""
    for row_id, arrival, why in aside:
        said = arrival.message
        raw, media_type = (said.raw, "message/rfc822") if said.raw is not None else (said.text.encode(), "text/plain")
        session.add(Unreadable(id=row_id, inbox_id=arrival.inbox.id, raw=raw, media_type=media_type, why=why, at=now))
    session.flush()


def _more_ids(arrival: Arrival) -> int:
    """For files, and for the number behind a WhatsApp address."""
    number = 2 if arrival.scheme == "whatsapp" else 0
    return len(arrival.files) + len(arrival.message.remote_files) + number


def _claim(
    session: Session, unique: Mapping[Key, Arrival], ids: Iterator[int], now: datetime
) -> dict[Key, tuple[Arrival, int]]:
    """Those that nobody has stored yet, with the message id that each gets. Receipts go in in the order of their
    keys: two processes that hold the same retries wait for each other, and never in a circle."""
    message_ids = list(islice(ids, len(unique)))
    rows = [
        {"inbox_id": inbox_id, "external_id": external_id, "message_id": message_id, "at": now}
        for (inbox_id, external_id), message_id in sorted(zip(unique, message_ids, strict=True))
    ]
    claimed = {key: (arrival, mine) for (key, arrival), mine in zip(unique.items(), message_ids, strict=True)}
    if dialect_of(session).insert_new(session, ReceiptRow, rows) == len(rows):
        return claimed  # as nearly always
    standing = _earlier_receipts(session, list(claimed))
    return {key: taken for key, taken in claimed.items() if standing[key].message_id == taken[1]}


def _find_contacts(session: Session, arrivals: Sequence[Arrival], rows_of: IntakeRows) -> list[Contact]:
    """The sender of each, made when unknown. Addresses are locked in their order, so that two processes never wait
    for each other in a circle. A withheld sender is always a new contact, and so is one who only claims an address:
    it stays whose it is."""
    ids, now = rows_of.ids, rows_of.now
    levels: dict[str, Verification] = {}
    for arrival in arrivals:
        if not _is_unknown(arrival):
            levels[arrival.uri] = max(arrival.message.verification, levels.get(arrival.uri, Verification.CLAIMED))
    add_numbers(levels)
    uris = sorted(levels)
    rows = [
        {
            "id": next(ids),
            "uri": uri,
            "contact_id": next(ids),
            "verification": levels[uri],  # claimed < delivered < verified, also as words
            "created_at": now,
        }
        for uri in uris
    ]
    offered = {row["uri"]: row["contact_id"] for row in rows}
    found = {
        uri: Contact(held.contact_id, is_new=offered[uri] == held.contact_id, opted_out=held.opted_out)
        for uri, held in hold_addresses(session, rows).items()
    }
    join_numbers(session, found)
    contacts = [Contact(next(ids), is_new=True) if _is_unknown(arrival) else found[arrival.uri] for arrival in arrivals]
    _name_contacts(session, arrivals, contacts, rows_of)
    return contacts


def _is_unknown(arrival: Arrival) -> bool:
    """Nobody can say who it is: withheld, or only claimed."""
    return not arrival.uri or arrival.message.verification is Verification.CLAIMED


def _name_contacts(
    session: Session, arrivals: Sequence[Arrival], contacts: Sequence[Contact], rows: IntakeRows
) -> None:
    """New ones get a row; those who had no name yet get theirs."""
    new: dict[int, dict[str, object]] = {}
    named: dict[int, str] = {}
    for arrival, contact in zip(arrivals, contacts, strict=True):
        said = arrival.message
        if contact.is_new:
            row = {"id": contact.id, "name": said.sender_name, "language": said.language, "created_at": rows.now}
            new.setdefault(contact.id, row)
        elif said.sender_name:
            named.setdefault(contact.id, said.sender_name)
    rows.contacts += new.values()
    if named:
        dialect = dialect_of(session)
        nameless = "SELECT id FROM contacts WHERE id IN MANY(:ids) AND name = ''"
        for contact_id in dialect.run(session, nameless, ids=sorted(named)).scalars().all():
            dialect.run(
                session, "UPDATE contacts SET name = :name WHERE id = :id", id=contact_id, name=named[contact_id]
            )


def _new_to(
    threads: Threads, arrivals: Sequence[Arrival], contacts: Sequence[Contact], now: datetime
) -> tuple[list[tuple[Arrival, Contact]], list[Contact]]:
    """Those who open a case as things stand, and all contacts about whose words the rules will be asked: their case is
    opened, or opened anew. The others' words only join a case, and need nothing more."""
    opening: list[tuple[Arrival, Contact]] = []
    deciding: list[Contact] = []
    for arrival, contact in zip(arrivals, contacts, strict=True):
        case = None if contact.is_new else threads.find(arrival, contact, now).case
        if case is None:
            opening.append((arrival, contact))
        if case is None or case.status is CaseStatus.RESOLVED or threads.is_copy(arrival, case):
            deciding.append(contact)
    return opening, deciding


def _case_ids(session: Session, expected: int) -> Iterator[int]:
    """Those expected come with one reservation; more only when danger sets a message apart."""
    dialect = dialect_of(session)
    while True:
        yield from dialect.reserve(session, "cases", expected or 1)
        expected = 0


def _count_acknowledged(session: Session, opening: Sequence[tuple[Arrival, Contact]], now: datetime) -> None:
    """For those whom we know, and might acknowledge again."""
    known = {
        contact.id: contact
        for arrival, contact in opening
        if not contact.is_new and arrival.inbox.acknowledgements and arrival.message.automatic is None
    }
    if known:
        counts = _acknowledged(session, sorted(known), now)
        for contact in known.values():
            contact.acknowledged = counts.get(contact.id, 0)


def _acknowledged(session: Session, contact_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """How many acknowledgements these contacts have had within 24 hours; those with none are left out."""
    sql = (
        "SELECT contact_id, count(*) FROM cases "
        "WHERE contact_id IN MANY(:ids) AND acknowledged_at > :since GROUP BY contact_id"
    )
    rows = dialect_of(session).fetch(session, sql, ids=list(contact_ids), since=now - _DAY)
    return {row[0]: row[1] for row in rows}


def _earlier_receipts(session: Session, keys: Sequence[Key]) -> dict[Key, Receipt]:
    sql = (
        "SELECT r.inbox_id, r.external_id, r.message_id, c.reference FROM receipts r "
        "LEFT JOIN messages m ON m.id = r.message_id LEFT JOIN cases c ON c.id = m.case_id "
        "WHERE r.inbox_id IN MANY(:inboxes) AND r.external_id IN MANY(:ids)"
    )
    inboxes, ids = sorted({key[0] for key in keys}), sorted({key[1] for key in keys})
    return {
        (inbox_id, external_id): Receipt(reference=reference or "", message_id=message_id, duplicate=True)
        for inbox_id, external_id, message_id, reference in dialect_of(session).fetch(
            session, sql, inboxes=inboxes, ids=ids
        )
    }


def _receipt(key: Key, receipts: Mapping[Key, Receipt], earlier: Mapping[Key, Receipt], told: set[Key]) -> Receipt:
    if key in earlier:
        return earlier[key]
    receipt = receipts[key]
    if key in told:  # twice in one batch
        return Receipt(reference=receipt.reference, message_id=receipt.message_id, duplicate=True)
    told.add(key)
    return receipt
