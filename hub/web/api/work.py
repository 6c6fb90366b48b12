"""How work comes to people: the next case, who is here, and what they were told."""

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.actions.casework.next_case import Wanted, take_next
from hub.actions.casework.notices import see_notices
from hub.actions.casework.presence import set_presence
from hub.errors import NotFound
from hub.models.words import PresenceState
from hub.queries.case_page import case_page
from hub.queries.time import NoticeView, PresenceView, notices_of, presence_of, presences, unseen
from hub.running import hub_of
from hub.web.api import work_schemas
from hub.web.api.answers import answer, case_json
from hub.web.api.asking import body_of, changing, reading, signed_in, token_hash_of


async def next_case(request: Request) -> Response:
    hub = hub_of(request)
    agent = await hub.db.read(changing, token_hash_of(request))
    given = await body_of(request, work_schemas.NextWanted)
    if given.queue is not None and given.queue not in hub.directory.queue_by_slug:
        raise NotFound("There is no such queue.")
    taken = await hub.db.write_batched(take_next, Wanted(agent.id, given.queue))
    if taken.case_id is None:
        return answer({"case": None, "why": taken.why})
    return answer({"case": case_json(await hub.db.read(case_page, taken.case_id, agent)), "why": None})


async def all_presences(request: Request) -> Response:
    views = await hub_of(request).db.read(signed_in, token_hash_of(request), presences)
    return answer({"items": [_presence_json(view) for view in views]})


async def my_presence(request: Request) -> Response:
    hub = hub_of(request)
    agent = await hub.db.read(changing, token_hash_of(request))
    given = await body_of(request, work_schemas.NewPresence)
    await hub.db.write(set_presence, agent.id, given.state, given.reason)
    return answer(_presence_json(await hub.db.read(presence_of, agent.id)))


async def my_notices(request: Request) -> Response:
    return answer(await hub_of(request).db.read(_own_notices, token_hash_of(request)))


async def notices_seen(request: Request) -> Response:
    hub, token_hash = hub_of(request), token_hash_of(request)
    agent = await hub.db.read(changing, token_hash)
    given = await body_of(request, work_schemas.NoticesSeen)
    await hub.db.write(see_notices, agent.id, given.up_to)
    return answer(await hub.db.read(_own_notices, token_hash))


def _own_notices(session: Session, token_hash: str) -> work_schemas.Notices:
    agent = reading(session, token_hash)
    items = [_notice_json(notice) for notice in notices_of(session, agent)]
    return {"items": items, "unseen": unseen(session, agent)}


def _presence_json(view: PresenceView) -> work_schemas.PresenceOfAgent:
    return {
        "agent": view.email,
        "name": view.name,
        "state": PresenceState(view.state),
        "reason": view.reason or None,
        "since": view.since,
    }


def _notice_json(view: NoticeView) -> work_schemas.Notice:
    return {"id": view.id, "case": view.reference, "text": view.text, "at": view.at, "seen": view.seen}
