"""A replay's share of one process. Kept apart from `replaying`, so that a new process loads nothing else: the tables'
models alone would take it a second."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from hub.db.engine import reader_engine
from hub.queries.replay import replay_span
from routing.replay import Tally
from routing.rules import RuleSet


class Past(NamedTuple):
    """Where past cases are read, and the rules that are run over them; it goes to another process."""

    url: str
    rules: Sequence[Mapping[str, Any]]
    beside: Mapping[str, Sequence[Mapping[str, Any]]]
    zone: ZoneInfo


class _Prepared(NamedTuple):
    engine: Engine
    rules: RuleSet
    zone: ZoneInfo


_prepared: list[_Prepared] = []  # of this process


def prepare(past: Past) -> None:
    """Runs first in a new process: the rules are compiled once for all of its parts."""
    rules = RuleSet.parse(list(past.rules), None, beside=past.beside)
    _prepared[:] = [_Prepared(reader_engine(past.url), rules, past.zone)]


def replay_part(after: int, upto: int) -> Tally:
    """The cases with ids in (after, upto]."""
    prepared = _prepared[0]
    with Session(prepared.engine) as session:
        return replay_span(session, prepared.rules, prepared.zone, after, upto)
