"""WS /live: tells a page that something happened, and where; the page then asks for what it shows."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.actions.casework.presence import see_page
from hub.directory import Directory
from hub.live import LiveEvent
from hub.models.base import utcnow
from hub.queries.restrictions import visible_ids
from hub.queries.views import AgentView
from hub.reference import reference_of
from hub.running import hub_of
from hub.web.console.security import socket_comes_from_here
from hub.web.console.visit import signed_in

SIGNED_OUT = 4401
_CHECK_SECONDS = 60.0  # how long a session that has ended, or rights that were taken away, may go on listening


async def live(socket: WebSocket) -> None:
    """{"case": "48210937", "queue": "waste", "kind": "received", "seq": 4}, with "also": […] where other
    queues share the case; {"kind": "behind"} = look at everything."""
    hub = hub_of(socket)
    if not socket_comes_from_here(socket, hub.settings):
        await socket.close()  # before it is accepted: the handshake is answered 403
        return
    await socket.accept()
    agent = await signed_in(socket)
    if agent is None:
        await socket.close(SIGNED_OUT)
        return
    listener = Listener(agent)
    works = (_tell(socket, listener), _until_gone(socket), _until_signed_out(socket, listener))
    tasks = {asyncio.create_task(work) for work in works}
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if any(task.exception() is None and task.result() for task in done):
        await socket.close(SIGNED_OUT)


@dataclass(slots=True)
class Listener:
    """Who listens, as of the last check: queues and roles change meanwhile."""

    agent: AgentView


async def _tell(socket: WebSocket, listener: Listener) -> bool:
    hub = hub_of(socket)
    with hub.live.subscribe() as events:
        async for event in events:
            agent = listener.agent
            if event.is_restricted and not _sees(agent, event) and not await hub.db.read(_is_called, agent, event):
                continue
            await socket.send_json(told(event, hub.directory))
    return False


def _sees(agent: AgentView, event: LiveEvent) -> bool:
    return agent.sees_restricted or event.queue_id in agent.queue_ids or event.agent_id == agent.id


def _is_called(session: Session, agent: AgentView, event: LiveEvent) -> bool:
    """By the case's alarm: asked of the database, since it happens while they listen."""
    return bool(visible_ids(session, agent, [event.case_id]))


async def _until_gone(socket: WebSocket) -> bool:
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError, RuntimeError):
        return False


async def _until_signed_out(socket: WebSocket, listener: Listener) -> bool:
    hub = hub_of(socket)
    while True:
        if listener.agent.may_change:
            await hub.db.write(see_page, listener.agent.id, utcnow())
        await asyncio.sleep(_CHECK_SECONDS)
        agent = await signed_in(socket)
        if agent is None:
            return True
        listener.agent = agent


def told(event: LiveEvent, directory: Directory) -> dict[str, Any]:
    if not event.case_id:
        return {"kind": event.kind}
    queue = directory.queues.get(event.queue_id)
    also = [entry.slug for each in event.shared_with if (entry := directory.queues.get(each))]
    return {
        "case": reference_of(event.case_id),
        "queue": queue.slug if queue else "",
        "kind": event.kind,
        "seq": event.seq,
        **({"also": also} if also and not event.is_restricted else {}),
    }
