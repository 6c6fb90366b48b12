"""The council's ready-made words."""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from hub.models import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateView:
    slug: str
    name: str
    channels: tuple[str, ...]  # () = all
    texts: dict[str, str] = field(repr=False)  # by language; "" = of no particular one


def templates(session: Session) -> tuple[TemplateView, ...]:
    """Those in force, in the order of the council file."""
    found = select(Template).where(col(Template.active)).order_by(col(Template.place), col(Template.id))
    return tuple(
        TemplateView(slug=row.slug, name=row.name, channels=tuple(row.channels), texts=row.texts)
        for row in session.exec(found)
    )
