"""What type a case is of, and its statutory clocks."""

from datetime import date

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.actions.time import case_types as actions
from hub.errors import Invalid
from hub.queries.time import case_types
from hub.running import hub_of
from hub.web.api import work_schemas
from hub.web.api.answers import answer
from hub.web.api.asking import signed_in, token_hash_of
from hub.web.api.cases import Asked, verb


async def all_types(request: Request) -> Response:
    views = await hub_of(request).db.read(signed_in, token_hash_of(request), case_types)
    items = [{"slug": view.slug, "name": view.name, "clocks": list(view.clocks)} for view in views]
    return answer({"items": items})


def _type(session: Session, asked: Asked[work_schemas.NewType]) -> None:
    body = asked.body
    actions.set_type(session, asked.case_id, asked.agent_id, body.type, _day(body.received_on), body.seq)


def _pause(session: Session, asked: Asked[work_schemas.NewPause]) -> None:
    body = asked.body
    actions.pause_clock(session, asked.case_id, asked.agent_id, body.clock, body.reason, body.seq)


def _resume(session: Session, asked: Asked[work_schemas.ClockChange]) -> None:
    actions.resume_clock(session, asked.case_id, asked.agent_id, asked.body.clock, asked.body.seq)


def _extend(session: Session, asked: Asked[work_schemas.NewExtension]) -> None:
    body = asked.body
    actions.extend_clock(session, asked.case_id, asked.agent_id, body.clock, body.reason, body.by, body.seq)


def _meet(session: Session, asked: Asked[work_schemas.ClockChange]) -> None:
    actions.meet_clock(session, asked.case_id, asked.agent_id, asked.body.clock, asked.body.seq)


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise Invalid("That is no day.", {"received_on": "Give an ISO date, such as 2026-06-01."}) from None


VERBS = (
    verb("type", "Say what type the case is of: its statutory clocks start", work_schemas.NewType, _type),
    verb("pause-clock", "Stop a statutory clock for a lawful reason", work_schemas.NewPause, _pause),
    verb("resume-clock", "Let a paused clock run again", work_schemas.ClockChange, _resume),
    verb("extend-clock", "Put a clock's last day off", work_schemas.NewExtension, _extend),
    verb("meet-clock", "Say that what a clock asks for was done", work_schemas.ClockChange, _meet),
)
