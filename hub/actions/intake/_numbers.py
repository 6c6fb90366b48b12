"""A number's WhatsApp and its texts and calls are two addresses of one person."""

from collections.abc import MutableMapping

from sqlmodel import Session

from channels.contract import Verification
from hub.actions.intake._threading import Contact
from hub.db.dialects import dialect_of

_WHATSAPP = "whatsapp:"


def number_behind(uri: str) -> str:
    """`whatsapp:+447700900123` → `tel:+447700900123`."""
    return "tel:" + uri.removeprefix(_WHATSAPP)


def add_numbers(levels: MutableMapping[str, Verification]) -> None:
    """Beside each WhatsApp address the number that it was registered with."""
    for uri in [uri for uri in levels if uri.startswith(_WHATSAPP)]:
        number = number_behind(uri)
        levels[number] = max(levels[uri], levels.get(number, Verification.CLAIMED))


def join_numbers(session: Session, found: MutableMapping[str, Contact]) -> None:
    """Whoever is new by one of the two addresses becomes the contact of the other; two known contacts stay two. Both
    rows are locked, so that nobody else joins them otherwise meanwhile."""
    for uri in [uri for uri in found if uri.startswith(_WHATSAPP)]:
        number = number_behind(uri)
        mine, theirs = found[uri], found[number]
        if mine.id == theirs.id:
            continue
        if mine.is_new:
            _follows(session, uri, number)
            found[uri] = theirs
        elif theirs.is_new:
            _follows(session, number, uri)
            found[number] = mine


def _follows(session: Session, uri: str, other: str) -> None:
    """The address belongs to whom the other one belongs to, who may have sent STOP by it."""
    wanted = "(SELECT o.{0} FROM addresses o WHERE o.uri = :other)"
    sql = (
        f"UPDATE addresses SET contact_id = {wanted.format('contact_id')}, "  # noqa: S608  # our own words
        f"opted_out_at = {wanted.format('opted_out_at')} WHERE uri = :uri"
    )
    dialect_of(session).run(session, sql, uri=uri, other=other)
