"""What speaks against writing to an address, before anything is written."""

from dataclasses import dataclass

from sqlmodel import Session, select

from hub.models import Address, Textless


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All False: nobody knows anything against it, or nobody knows it."""

    opted_out: bool = False
    no_texts: bool = False
    unreachable: bool = False


def reach(session: Session, uri: str) -> Reach:
    known = session.exec(select(Address).where(Address.uri == uri)).first()
    no_texts = session.get(Textless, uri) is not None
    if known is None:
        return Reach(no_texts=no_texts)
    return Reach(
        opted_out=known.opted_out_at is not None, no_texts=no_texts, unreachable=known.unreachable_at is not None
    )
