"""What the council's people call the things that rules name by their slugs."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from hub.models import CaseType, Inbox, Queue, Template
from routing.condition import Names


def council_names(session: Session) -> Names:
    """Of queues, topics, types of case, templates, and what callers choose in menus."""
    queues = dict(session.exec(select(Queue.slug, Queue.name)).all())
    types = dict(session.exec(select(CaseType.slug, CaseType.name)).all())
    templates = dict(session.exec(select(Template.slug, Template.name)).all())
    menu: dict[str, str] = {}
    for config in session.exec(select(Inbox.config).order_by(col(Inbox.id))):
        menu = {**dict(_chosen(config.get("menu"))), **menu}
    return Names({"queue": queues, "topic": queues, "type": types, "template": templates, "menu": menu})


def _chosen(menu: Any) -> Iterator[tuple[str, str]]:
    """Each tag of a phone menu, and what the caller hears it called, in the order of its keys."""
    for choice in menu.values() if isinstance(menu, Mapping) else ():
        if isinstance(choice, Mapping):
            if tag := choice.get("tag"):
                yield str(tag), str(choice.get("label") or choice.get("say") or tag)
            yield from _chosen(choice.get("menu"))
