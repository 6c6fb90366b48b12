"""Contacts."""

from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.actions.sending.unsubscribing import say_for_contact
from hub.queries.contacts import ContactPage, contact_view
from hub.queries.decisions import derive_decisions
from hub.running import hub_of
from hub.web.api import sent
from hub.web.api.answers import answer, contact_page_json
from hub.web.api.asking import body_of, changing, id_in_path, reading, token_hash_of
from routing.condition import Names


async def one_contact(request: Request) -> Response:
    hub, token_hash, contact_id = hub_of(request), token_hash_of(request), id_in_path(request, "id")
    page, decisions = await hub.db.read(_explained, token_hash, contact_id, hub.directory.names)
    return answer(contact_page_json(page, decisions))


async def note_consent(request: Request) -> Response:
    """POST /api/v1/contacts/{id}/consents"""
    hub, token_hash, contact_id = hub_of(request), token_hash_of(request), id_in_path(request, "id")
    agent = await hub.db.read(changing, token_hash)
    said = await body_of(request, sent.NewConsent)
    await hub.db.write(say_for_contact, contact_id, agent.id, said.uri, said.given, said.reason)
    page, decisions = await hub.db.read(_explained, token_hash, contact_id, hub.directory.names)
    return answer(contact_page_json(page, decisions))


def _explained(
    session: Session, token_hash: str, contact_id: int, names: Names
) -> tuple[ContactPage, dict[int, dict[str, Any]]]:
    page = contact_view(session, contact_id, reading(session, token_hash))
    return page, derive_decisions(session, [case.id for case in page.cases], names)
