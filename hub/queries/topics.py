"""What there is to learn from, and what was learned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from hub.models import Alarm, Case, CaseEvent, Inbox, Message, Queue, TopicExample, TopicGuess, TopicModel
from hub.models import TrainingExample as Correction
from hub.queries.views import Supposed
from routing.topics.classifier import Labelled

NEWEST = 30_000  # cases that are learned from


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    version: int
    created_at: datetime
    in_use: bool
    measures: dict[str, Any]  # routing.topics.measures.Measures.to_json


def model_in_use(session: Session) -> int | None:
    return session.exec(select(TopicModel.version).where(col(TopicModel.in_use))).first()


def model_content(session: Session, version: int) -> bytes | None:
    """None when there is no such version."""
    return session.exec(select(TopicModel.content).where(TopicModel.version == version)).first()


def models(session: Session) -> list[ModelView]:
    """The newest first."""
    columns = (TopicModel.version, TopicModel.created_at, TopicModel.in_use, TopicModel.measures)
    found = select(*map(col, columns)).order_by(col(TopicModel.version).desc())
    return [
        ModelView(version=version, created_at=at, in_use=in_use, measures=measures)
        for version, at, in_use, measures in session.execute(found)
    ]


def queue_slugs(session: Session) -> tuple[list[str], list[str]]:
    """Of all queues, and of those among them where inboxes put what nobody has sorted."""
    unsorted = col(Queue.id).in_(select(Inbox.queue_id).where(col(Inbox.active)))
    queues = select(Queue.slug).where(col(Queue.active)).order_by(col(Queue.slug))
    return list(session.exec(queues)), list(session.exec(queues.where(unsorted)))


def labelled_messages(session: Session, newest: int = NEWEST) -> list[Labelled]:
    """What citizens said first in cases that people handled, with the queue where each was resolved or put right,
    and the messages that came from outside. In the order of the cases.

    Left out: machines' messages, whatever raised an alarm, and what was resolved where its inbox had put it unsorted.
    """
    put_right = (
        select(Correction.case_id, func.max(Correction.id).label("latest")).group_by(col(Correction.case_id)).subquery()
    )
    queue_id = func.coalesce(Correction.queue_id, Case.queue_id)
    found = (
        select(Message.subject, Message.text, Queue.slug)
        .select_from(Case)
        .join(CaseEvent, (col(CaseEvent.case_id) == col(Case.id)) & (col(CaseEvent.seq) == 1))
        .join(Message, col(Message.id) == col(CaseEvent.message_id))
        .outerjoin(put_right, put_right.c.case_id == col(Case.id))
        .outerjoin(Correction, col(Correction.id) == put_right.c.latest)
        .join(Queue, col(Queue.id) == queue_id)
        .join(Inbox, col(Inbox.id) == col(Case.inbox_id))
        .where((col(Case.resolved_at).is_not(None)) | (col(Correction.id).is_not(None)))
        .where(col(Case.rule).is_not(None) | (queue_id != col(Inbox.queue_id)))
        .where(col(Queue.active), ~col(Message.automatic), col(Case.forgotten_at).is_(None))
        .where(col(Case.id).not_in(select(Alarm.case_id)))
        .order_by(col(Case.id).desc())
        .limit(newest)
    )
    cases = [Labelled(whole_text(subject, text), topic) for subject, text, topic in session.execute(found)]
    outside = select(TopicExample.text, TopicExample.topic).order_by(col(TopicExample.id))
    return [*(Labelled(text, topic) for text, topic in session.execute(outside)), *reversed(cases)]


def whole_text(subject: str, text: str) -> str:
    """A message as the classifier reads it, when it learns and when it judges."""
    return f"{subject}\n{text}" if subject else text


def supposed_queues(session: Session, case_id: int) -> list[Supposed]:
    """What a case may be about that the classifier wasn't sure of; queues where it doesn't stand already."""
    found = session.exec(select(TopicGuess.guesses).where(TopicGuess.case_id == case_id)).first()
    if not found:
        return []
    elsewhere = select(Queue.slug, Queue.name).join(Case, col(Case.id) == case_id).where(Queue.id != Case.queue_id)
    names = dict(session.exec(elsewhere.where(col(Queue.active))).all())
    return [
        Supposed(queue=topic, name=names[topic], confidence=confidence) for topic, confidence in found if topic in names
    ]
