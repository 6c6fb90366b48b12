"""Changes the settings of inboxes without a council file: a demo goes on when its simulator has moved."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlmodel import Session, select

from hub.db.session import wake
from hub.models import Council, Inbox

Config = Mapping[str, Any]


def reconfigure(session: Session, config_of: Callable[[str, Config], dict[str, Any]]) -> int:
    """Gives each inbox the config that `config_of(channel, config)` makes of its own; returns how many changed."""
    changed = 0
    for inbox in session.exec(select(Inbox)):
        config = config_of(inbox.channel, inbox.config)
        if config != inbox.config:
            inbox.config = config
            changed += 1
    if changed:
        session.get_one(Council, 1).revision += 1
        wake(session, "council")
    return changed
