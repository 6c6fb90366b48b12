"""The rules in force, a message to try on them, and the flags of contacts that rules look at."""

from typing import Annotated

from pydantic import Field, JsonValue
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from hub.actions.casework.flags import flag_contact, unflag_contact
from hub.errors import Invalid, NotFound
from hub.models import Contact
from hub.models.base import utcnow
from hub.queries.rules import VersionView, flags_of, versions
from hub.replay.trying import as_received
from hub.running import hub_of
from hub.web.api import sent
from hub.web.api.answers import answer
from hub.web.api.asking import body_of, changing, id_in_path, reading, signed_in, token_hash_of
from routing.engine import explain
from routing.facts import Facts


class Rules(TypedDict):
    """The rules as the council file has them, in order."""

    version: int
    note: Annotated[str, Field(description="Why they were published.")]
    author: Annotated[str | None, Field(description="E-mail address; null: a council file brought them.")]
    rules: list[dict[str, JsonValue]]
    beside: Annotated[dict[str, list[dict[str, JsonValue]]], Field(description="Groups, dangers and wards.")]


class TriedMessage(sent.Given):
    """Facts as `hub route --batch` takes them; without an inbox the channel's first."""

    channel: sent.Line
    text: sent.Text
    inbox: sent.Line = ""
    subject: sent.Text = ""
    sender: Annotated[sent.Line, Field(alias="from")] = ""


class NewFlag(sent.Given):
    flag: sent.Line
    set: Annotated[bool, Field(description="False takes it away.")] = True


class Flags(TypedDict):
    flags: list[str]


async def rules_in_force(request: Request) -> Response:
    found: tuple[VersionView, ...] = await hub_of(request).db.read(signed_in, token_hash_of(request), versions)
    if not found:
        raise NotFound("There are no rules yet.")
    now = found[0]
    shown = {"version": now.version, "note": now.note, "author": now.author or None}
    return answer({**shown, "rules": now.rules, "beside": now.beside})


async def try_message(request: Request) -> Response:
    """Where it would go, and why; nothing is stored."""
    hub = hub_of(request)
    await hub.db.read(reading, token_hash_of(request))
    given = await body_of(request, TriedMessage)
    entries = [entry for entry in hub.directory.inbox_by_name.values() if entry.channel == given.channel]
    entry = next((each for each in entries if given.inbox in ("", each.port.name)), None)
    if entry is None:
        raise Invalid("There is no such inbox.", {"inbox": "Name an inbox of this channel, or leave it out."})
    facts = Facts(
        channel=given.channel,
        inbox=entry.port.name,
        text=given.text,
        subject=given.subject,
        sender=given.sender,
        at=hub.directory.local(utcnow()),
    )
    facts = await as_received(hub.desk, facts, entry)
    otherwise, names = hub.directory.queue_of_nobody(facts, entry), hub.directory.names
    return answer(explain(facts, hub.directory.rules, otherwise, names).to_json())


async def contact_flags(request: Request) -> Response:
    await hub_of(request).db.read(reading, token_hash_of(request))
    return answer({"flags": await hub_of(request).db.read(_flags, id_in_path(request, "id"))})


async def change_flag(request: Request) -> Response:
    hub, contact_id = hub_of(request), id_in_path(request, "id")
    agent = await hub.db.read(changing, token_hash_of(request))
    given = await body_of(request, NewFlag)
    if given.set:
        await hub.db.write(flag_contact, contact_id, given.flag, agent.id)
    else:
        await hub.db.write(unflag_contact, contact_id, given.flag, agent.id)
    return answer({"flags": await hub.db.read(_flags, contact_id)})


def _flags(session: Session, contact_id: int) -> list[str]:
    if session.get(Contact, contact_id) is None:
        raise NotFound("There is no such contact.")
    return list(flags_of(session, contact_id))
