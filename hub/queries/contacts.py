"""Contacts: citizens as the hub knows them, with their cases."""

from dataclasses import dataclass

from sqlmodel import Session

from hub.errors import NotFound
from hub.models.base import BIGGEST_ID
from hub.queries._case_views import contact_views
from hub.queries.cases import CaseFilter, list_cases
from hub.queries.consents import ConsentView, consents
from hub.queries.views import AgentView, CaseView, ContactView

CASES_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPage:
    contact: ContactView
    consents: tuple[ConsentView, ...]  # newest first
    cases: tuple[CaseView, ...]  # newest first, CASES_SHOWN at most: `list_cases` by contact gives the rest


def contact_view(session: Session, contact_id: int, viewer: AgentView | None = None) -> ContactPage:
    """Raises NotFound."""
    found = contact_views(session, [contact_id]) if 0 < contact_id <= BIGGEST_ID else {}
    if contact_id not in found:
        raise NotFound("There is no such contact.")
    listing = list_cases(session, CaseFilter(contact_id=contact_id, viewer=viewer, limit=CASES_SHOWN))
    said = consents(session, contact_id)
    return ContactPage(contact=found[contact_id], consents=said, cases=listing.items)
