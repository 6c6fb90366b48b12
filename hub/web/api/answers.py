"""Views as the JSON of version 1, and the responses that carry it."""

from collections.abc import Mapping
from typing import Any, cast

import orjson
from starlette.responses import Response

from hub.models.words import AttachmentState, CaseStatus, ClockState, Direction, MessageStatus, Priority
from hub.queries.consents import ConsentView
from hub.queries.contacts import ContactPage
from hub.queries.views import (
    AddressView,
    AttachmentView,
    AuthenticationView,
    CasePage,
    CaseView,
    ClockView,
    ContactView,
    EventView,
    MessageView,
    QueueView,
)
from hub.web.api import schemas

Decisions = Mapping[int, Mapping[str, Any]]  # by case id


def answer(content: Mapping[str, Any], status: int = 200) -> Response:
    """Private to whoever asked: no cache keeps it."""
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(body, status, headers, media_type="application/json")


def case_json(page: CasePage) -> schemas.Case:
    return {
        **listed_case_json(page.case, page.decision),
        "messages": [message_json(message) for message in page.messages],
        "events": [event_json(event) for event in page.events],
        "links": [
            {
                "kind": cast(Any, link.kind),
                "reference": link.reference,
                "subject": link.subject,
                "status": CaseStatus(link.status),
            }
            for link in page.links
        ],
        "supposed": [{"queue": each.queue, "confidence": each.confidence} for each in page.supposed],
        "participants": [
            {"address": each.address, "added_by": each.added_by, "at": each.at} for each in page.participants
        ],
    }


def listed_case_json(case: CaseView, decision: Mapping[str, Any]) -> schemas.ListedCase:
    return {
        "reference": case.reference,
        "subject": case.subject,
        "status": CaseStatus(case.status),
        "priority": Priority(case.priority),
        "department": case.department,
        "queue": case.queue,
        "also_in": [queue.slug for queue in case.also_in],
        "agent": case.agent or None,
        "channel": case.channel,
        "contact": contact_json(case.contact),
        "tags": list(case.tags),
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "due_at": case.due_at,
        "type": _type_json(case),
        "clocks": [clock_json(clock) for clock in case.clocks],
        "resolved_at": case.resolved_at,
        "outcome": case.outcome,
        "seq": case.seq,
        "follow_up_of": case.follow_up_of or None,
        "snoozed_until": case.snoozed_until,
        "forgotten_at": case.forgotten_at,
        "decision": cast(schemas.Decision, decision),
    }


def _type_json(case: CaseView) -> schemas.CaseOfType | None:
    if case.received_on is None:
        return None
    return {"slug": case.type, "name": case.type_name, "received_on": case.received_on}


def clock_json(clock: ClockView) -> schemas.Clock:
    return {
        "name": clock.name,
        "title": clock.title,
        "state": ClockState(clock.state),
        "term": clock.term,
        "until": clock.until,
        "started_on": clock.started_on,
        "due_at": clock.due_at,
        "due_on": clock.due_on,
        "met_at": clock.met_at,
        "late": clock.late,
        "paused_on": clock.paused_on,
        "pause_reason": clock.pause_reason or None,
        "pauses": list(clock.pauses),
        "extension": clock.extension or None,
        "calendar_known": clock.calendar_known,
    }


def contact_json(contact: ContactView) -> schemas.Contact:
    return {
        "id": contact.id,
        "name": contact.name,
        "language": contact.language,
        "addresses": [address_json(address) for address in contact.addresses],
    }


def contact_page_json(page: ContactPage, decisions: Decisions) -> schemas.ContactPage:
    cases = [listed_case_json(case, decisions[case.id]) for case in page.cases]
    said = [consent_json(consent) for consent in page.consents]
    return {**contact_json(page.contact), "consents": said, "cases": cases}


def consent_json(consent: ConsentView) -> schemas.Consent:
    return {
        "uri": consent.uri,
        "given": consent.given,
        "purpose": cast(Any, consent.purpose),
        "channel": consent.channel,
        "inbox": consent.inbox,
        "source": cast(Any, consent.source),
        "said": consent.said,
        "at": consent.at,
    }


def address_json(address: AddressView) -> schemas.Address:
    return {
        "uri": address.uri,
        "scheme": address.scheme,
        "value": address.value,
        "verification": cast(Any, address.verification),
        "opted_out": address.opted_out,
        "unreachable": address.unreachable,
        "no_texts": address.no_texts,
    }


def message_json(message: MessageView) -> schemas.Message:
    return {
        "id": message.id,
        "direction": Direction(message.direction),
        "channel": message.channel,
        "from": message.sender,
        "to": message.recipient,
        "subject": message.subject,
        "text": message.text,
        "html": message.html or None,
        "transcript": message.transcript or None,
        "status": MessageStatus(message.status),
        "error": message.error or None,
        "author": message.author or None,
        "at": message.at,
        "automatic": message.automatic,
        "automatic_why": message.automatic_why or None,
        "problems": list(message.problems),
        "authentication": authentication_json(message.authentication) if message.authentication else None,
        "attachments": [attachment_json(file) for file in message.attachments if file.disposition != "raw"],
        "original": next((attachment_json(file) for file in message.attachments if file.disposition == "raw"), None),
        "cc": list(message.cc),
        "bcc": list(message.bcc),
    }


def authentication_json(found: AuthenticationView) -> schemas.Authentication:
    return {
        "by": found.by,
        "spf": cast(Any, found.spf),
        "dkim": cast(Any, found.dkim),
        "dmarc": cast(Any, found.dmarc),
    }


def attachment_json(attachment: AttachmentView) -> schemas.Attachment:
    return {
        "id": attachment.id,
        "filename": attachment.filename,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "state": AttachmentState(attachment.state),
        "disposition": attachment.disposition,
        "error": attachment.error or None,
    }


def event_json(event: EventView) -> schemas.CaseEvent:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "at": event.at,
        "agent": event.agent or None,
        "message_id": event.message_id,
        "detail": event.detail,
    }


def queue_json(queue: QueueView) -> schemas.Queue:
    return {
        "slug": queue.slug,
        "name": queue.name,
        "department": queue.department,
        "active": queue.active,
        "is_open": queue.is_open,
        "open_cases": queue.open_cases,
        "unassigned": queue.unassigned,
        "oldest_opened_at": queue.oldest_opened_at,
    }
