"""What the hub has learned about topics, from whom, and what it only supposes."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from hub.models.base import BigId, json_of, moment, own_id


class TopicModel(SQLModel, table=True):
    """Every classifier that was ever learned; at most one is in use."""

    __tablename__ = "topic_models"
    version: int | None = own_id()
    content: bytes = Field(sa_type=LargeBinary)  # routing.topics.classifier.Classifier.dump
    measures: dict[str, Any] = json_of(dict)  # routing.topics.measures.Measures.to_json
    in_use: bool = False
    created_at: datetime = moment()


class TopicExample(SQLModel, table=True):
    """A message from outside the hub with the topic that people gave it: an older system's, say."""

    __tablename__ = "topic_examples"
    id: int | None = own_id()
    text: str
    topic: str


class TopicGuess(SQLModel, table=True):
    """What a case that waits in triage may be about, the likeliest first."""

    __tablename__ = "topic_guesses"
    case_id: int = Field(
        primary_key=True, foreign_key="cases.id", sa_type=BigId, sa_column_kwargs={"autoincrement": False}
    )
    version: int  # of the classifier
    guesses: list[Any] = json_of(list)  # [topic, confidence] each
