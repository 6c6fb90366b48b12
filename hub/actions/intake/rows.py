"""The rows that a batch of arrivals becomes, gathered in order and written with one statement a table."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from channels.contract import RemoteFile
from hub.actions.intake._threading import OpenCase
from hub.actions.intake.arrivals import Arrival, StoredFile
from hub.db.dialects import dialect_of
from hub.directory import InboxEntry
from hub.models import (
    Attachment,
    AttachmentState,
    Authentication,
    Case,
    CaseEvent,
    Contact,
    Direction,
    Envelope,
    Message,
    MessageStatus,
    Original,
    Receipt,
    TopicGuess,
)
from routing.topics.classifier import Said

Row = dict[str, Any]


@dataclass(slots=True)
class IntakeRows:
    now: datetime
    ids: Iterator[int]
    contacts: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    attachments: list[Row] = field(default_factory=list)
    originals: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    receipts: list[Row] = field(default_factory=list)
    authentications: list[Row] = field(default_factory=list)
    envelopes: list[Row] = field(default_factory=list)
    guesses: list[Row] = field(default_factory=list)
    changed: dict[int, OpenCase] = field(default_factory=dict)

    def event(self, case: OpenCase, kind: str, message_id: int | None, **detail: Any) -> None:
        self.events.append(
            {
                "id": next(self.ids),
                "case_id": case.id,
                "seq": case.next_seq(),
                "kind": kind,
                "at": self.now,
                "message_id": message_id,
                "detail": detail,
            }
        )
        if not case.is_new:
            self.changed[case.id] = case

    def suppose(self, case: OpenCase, said: Said) -> None:
        """What the classifier wasn't sure enough of, for whoever sorts the case."""
        self.guesses.append({"case_id": case.id, "version": said.version, "guesses": said.supposed})

    def inbound(self, arrival: Arrival, case: OpenCase, message_id: int, problems: list[str]) -> None:
        said = arrival.message
        self.messages.append(
            {
                "id": message_id,
                "case_id": case.id,
                "inbox_id": arrival.inbox.id,
                "direction": Direction.IN,
                "channel": arrival.inbox.channel,
                "sender": arrival.uri or (str(said.sender) if said.sender else ""),
                "recipient": arrival.inbox.port.address,
                "subject": said.subject,
                "text": said.text,
                "html": said.html,
                "status": MessageStatus.RECEIVED,
                "automatic": said.automatic is not None,
                "automatic_why": said.automatic or "",
                "external_id": said.external_id,
                "message_id": said.message_id,
                "references": list(reversed(said.references)),
                "problems": problems,
                "at": arrival.sent_at(self.now),
                "due_at": None,
            }
        )
        if (found := said.authentication) is not None:
            verdicts = {"spf": found.spf, "dkim": found.dkim, "dmarc": found.dmarc}
            self.authentications.append({"message_id": message_id, "by": found.by, **verdicts})
        if said.cc:
            self.envelopes.append({"message_id": message_id, "cc": [str(address) for address in said.cc]})
        for file in arrival.files:
            row = self._attachment(message_id, file)
            self.attachments.append(row)
            if file.content is not None:
                self.originals.append({"attachment_id": row["id"], "content": file.content})
        for remote in {remote.ref: remote for remote in said.remote_files}.values():
            self.attachments.append(pending_attachment(next(self.ids), message_id, remote, self.now))

    def automatic_answer(
        self, arrival: Arrival, case: OpenCase, text: str, why: str, domain: str, by: InboxEntry
    ) -> int:
        """Queues the hub's own answer, which leaves through the inbox `by`; returns its message id."""
        message_id = next(self.ids)
        is_mail = arrival.scheme == "mailto"
        said = arrival.message
        self.messages.append(
            {
                "id": message_id,
                "case_id": case.id,
                "inbox_id": by.id,
                "direction": Direction.OUT,
                "channel": by.channel,
                "sender": by.port.address,
                "recipient": arrival.uri,
                "subject": said.subject,
                "text": text,
                "html": "",
                "status": first_status(by.channel),
                "automatic": True,
                "automatic_why": why,
                "external_id": str(message_id) if by.channel == "webchat" else "",
                "message_id": mail_message_id(message_id, case.reference, domain) if is_mail else "",
                "references": [*reversed(said.references), said.message_id] if is_mail and said.message_id else [],
                "problems": [],
                "at": self.now,
                "due_at": self.now,
            }
        )
        if by.channel == "webchat":
            self.receipts.append(sent_receipt(by.id, message_id, self.now))
        return message_id

    def write(self, session: Session) -> None:
        dialect = dialect_of(session)
        for row in self.cases:
            row["seq"] = row["seq"].seq  # how many events the batch wrote for it
        changed = self.changed.values()
        with dialect.at_once(session):
            dialect.insert(session, Contact, self.contacts)
            dialect.insert(session, Case, self.cases)
            dialect.insert(session, Message, self.messages)
            dialect.insert(session, Attachment, self.attachments)
            dialect.insert(session, Original, self.originals)
            dialect.insert(session, Authentication, self.authentications)
            dialect.insert(session, Envelope, self.envelopes)
            dialect.insert(session, CaseEvent, self.events)
            dialect.insert(session, TopicGuess, self.guesses)
            dialect.insert(session, Receipt, self.receipts)
            dialect.update(session, Case, [self._spoken_in(case) for case in changed if not case.has_moved])
            dialect.update(session, Case, [self._moved(case) for case in changed if case.has_moved])
        reopened = [case.id for case in changed if case.reopened]
        if reopened:
            sql = "UPDATE cases SET resolved_at = NULL, outcome = '' WHERE id IN MANY(:ids)"
            dialect.run(session, sql, ids=reopened)

    def _spoken_in(self, case: OpenCase) -> Row:
        return {"id": case.id, "seq": case.seq, "updated_at": self.now}

    def _moved(self, case: OpenCase) -> Row:
        return {
            **self._spoken_in(case),
            "status": case.status,
            "priority": case.priority,
            "priority_rank": -case.priority.rank,
        }

    def _attachment(self, message_id: int, file: StoredFile) -> Row:
        return {
            "id": next(self.ids),
            "message_id": message_id,
            "filename": file.filename,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "content_id": file.content_id,
            "disposition": file.disposition,
            "state": AttachmentState.HELD if file.held else AttachmentState.STORED,
            "ref": None,
            "due_at": self.now if file.held else None,
        }


def pending_attachment(row_id: int, message_id: int, remote: RemoteFile, now: datetime) -> Row:
    """A file that the worker will fetch from the provider."""
    return {
        "id": row_id,
        "message_id": message_id,
        "filename": remote.filename,
        "media_type": remote.media_type,
        "size": 0,
        "sha256": "",
        "content_id": "",
        "disposition": "attachment",
        "state": AttachmentState.PENDING,
        "ref": remote.ref,
        "due_at": now,
    }


def first_status(channel: str) -> MessageStatus:
    """An outbound message's: a chat has no sending; its socket follows what is stored."""
    return MessageStatus.SENT if channel == "webchat" else MessageStatus.QUEUED


def sent_receipt(inbox_id: int, message_id: int, now: datetime) -> Row:
    """A chat's own name for an outbound message, by which its socket will acknowledge it."""
    return {"inbox_id": inbox_id, "external_id": str(message_id), "message_id": message_id, "at": now}


def mail_message_id(message_id: int, reference: str, domain: str) -> str:
    """Stored, so the same on every try, and a bounce or an answer finds it; unguessable. Without angle brackets."""
    return f"{message_id}.{reference}.{secrets.token_hex(8)}@{domain}"
