"""What the hub has learned about topics: kept by version, one of them in use."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from hub.db.session import wake
from hub.errors import NotFound
from hub.models import Council, TopicExample, TopicModel
from routing.topics.classifier import Labelled

KEPT = 30  # versions beside the one in use: each takes some megabytes, and every night makes one


def keep_model(session: Session, content: bytes, measures: dict[str, Any], *, use: bool) -> int:
    """Stores what was learned and returns its version; the oldest that are not in use go."""
    model = TopicModel(content=content, measures=measures)
    session.add(model)
    session.flush()
    assert model.version is not None
    if use:
        use_model(session, model.version)
    newest = select(TopicModel.version).order_by(col(TopicModel.version).desc()).limit(KEPT)
    old = delete(TopicModel).where(col(TopicModel.version).not_in(newest), ~col(TopicModel.in_use))
    session.execute(old.execution_options(synchronize_session=False))
    return model.version


def use_model(session: Session, version: int | None) -> None:
    """From now on this classifier judges what comes in; None: nobody does. Raises NotFound."""
    if version is not None and session.get(TopicModel, version) is None:
        raise NotFound(f"There is no version {version} of the topics: `hub learn --list` shows those that there are.")
    session.execute(update(TopicModel).values(in_use=col(TopicModel.version) == version if version else False))
    if (council := session.get(Council, 1)) is not None:
        council.revision += 1
    wake(session, "council")


def replace_examples(session: Session, examples: Iterable[Labelled]) -> None:
    """The messages from outside the hub that are learned from, instead of those before."""
    session.execute(delete(TopicExample))
    rows = [{"text": example.text, "topic": example.topic} for example in examples]
    if rows:
        session.execute(insert(TopicExample), rows)
