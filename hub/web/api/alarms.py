"""The record of alarms for programs. What is done about one is a verb of its case."""

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.queries.alarms import AlarmFilter, AlarmListing, AlarmView, list_alarms
from hub.queries.cases import case_id_for
from hub.running import hub_of
from hub.web.api import alarm_schemas
from hub.web.api.answers import answer
from hub.web.api.asking import parameters_of, reading, token_hash_of


async def all_alarms(request: Request) -> Response:
    token_hash = token_hash_of(request)
    given = parameters_of(request, alarm_schemas.AlarmsWanted)
    case_id = case_id_for(given.case) if given.case is not None else None
    wanted = AlarmFilter(state=given.state, name=given.danger, case_id=case_id, after=given.after)
    found = await hub_of(request).db.read(_listed, token_hash, wanted)
    return answer({"items": [_json(each) for each in found.items], "next": found.next})


def _listed(session: Session, token_hash: str, wanted: AlarmFilter) -> AlarmListing:
    return list_alarms(session, reading(session, token_hash), wanted)


def _json(view: AlarmView) -> alarm_schemas.Alarm:
    return {
        "id": view.id,
        "case": view.reference,
        "danger": view.name,
        "queue": view.queue,
        "state": view.state,
        "raised_at": view.raised_at,
        "raised_by": view.raised_by_email or None,
        "reason": view.reason or None,
        "calls": view.step,
        "acknowledged_at": view.acknowledged_at,
        "agent": view.agent_email or None,
        "false_at": view.false_at,
        "note": view.note or None,
    }
