"""Writing to a citizen first, and asking once more for a file that a provider didn't give."""

from dataclasses import dataclass

from starlette.responses import Response

from channels.costs import CountsParts, PartCosts
from channels.numbers import e164
from hub.actions.files.attachments import fetch_again
from hub.actions.sending.begin import CHANNELS, Beginning, begin
from hub.directory import InboxEntry
from hub.errors import HubError, Invalid
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.queries.reach import Reach, reach
from hub.web.console.case.replying import CLOSED, NO_TEXTS, UNREACHABLE
from hub.web.console.reading import navigation
from hub.web.console.visit import Form, Visit
from hub.web.console.words import REPLY_BY, phone_number

ALL_THE_SAME = "yes"  # of the field `anyway`: the agent has read that the number takes no texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """An inbox that somebody can be written to from."""

    value: str  # channel/name
    words: str  # text from 01632 960100
    costs: PartCosts | None = None  # of texts


async def show_beginning(visit: Visit) -> Response:
    """GET /write; ?to= and ?from= fill in the form, and what speaks against them is said."""
    query = visit.request.query_params
    return await _page(visit, {"to": query.get("to", "")[:200], "from": query.get("from", "")[:200]})


async def begin_conversation(visit: Visit, sent: Form) -> Response:
    """POST /write"""
    channel, _, inbox = sent.get("from", "").partition("/")
    wanted = Beginning(
        channel=channel,
        to=sent.get("to", ""),
        text=sent.get("text", "").replace("\r\n", "\n"),
        inbox=inbox or None,
        subject=sent.get("subject", ""),
        queue=sent.get("queue") or None,
    )
    try:
        hub = visit.hub
        if (await _reach(visit, sent)).no_texts and sent.get("anyway") != ALL_THE_SAME:
            raise Invalid(
                "This number takes no texts.", {"to": "Call it, or tick that it is to be tried all the same."}
            )
        begun = await hub.db.write(begin, visit.agent.id, wanted, mail_domain=hub.mail_domain, longest=hub.longest_text)
    except Invalid as error:
        return await _page(visit, sent, error)
    return visit.go(f"/cases/{begun.reference}", "begun")


async def fetch_file(visit: Visit, sent: Form) -> Response:
    """POST /attachments/{id}/fetch"""
    case_id = await visit.hub.db.write(fetch_again, visit.request.path_params["id"], visit.agent.id)
    page = await visit.hub.db.read(case_page, case_id)
    return visit.go(f"/cases/{page.case.reference}", "fetching")


async def _page(visit: Visit, draft: Form, problem: HubError | None = None) -> Response:
    beside = await visit.hub.db.read(navigation, visit.agent, utcnow())
    known = await _reach(visit, draft)
    return visit.render(
        "write.html",
        http_status=problem.http_status if problem else 200,
        beside=beside,
        senders=_senders(visit),
        draft=draft,
        problem=problem,
        active="write",
        against=_against(known),
        no_texts=known.no_texts,
    )


async def _reach(visit: Visit, draft: Form) -> Reach:
    """Of whom the form names, by the way that it names; of a first mail address nothing is known."""
    hub = visit.hub
    way = draft.get("from", "") or next((sender.value for sender in _senders(visit)), "")
    number = e164(draft.get("to", "").strip(), hub.directory.country) if way.startswith("sms/") else None
    return await hub.db.read(reach, f"tel:{number}") if number else Reach()


def _against(known: Reach) -> str:
    if known.opted_out:
        return f"{CLOSED} Call or write, until they text START."
    if known.no_texts:
        return NO_TEXTS
    return UNREACHABLE if known.unreachable else ""


def _senders(visit: Visit) -> list[Sender]:
    entries = [entry for entry in visit.hub.directory.inboxes.values() if entry.active and entry.channel in CHANNELS]
    entries.sort(key=lambda entry: (CHANNELS.index(entry.channel), entry.id))
    return [
        Sender(
            value=f"{entry.channel}/{entry.port.name}",
            words=f"{REPLY_BY[entry.channel]} from {_as_written(visit, entry.port.address)} ({entry.port.name})",
            costs=_costs(visit, entry),
        )
        for entry in entries
    ]


def _as_written(visit: Visit, address: str | None) -> str:
    return phone_number(address, visit.hub.directory.country) if address and address.startswith("+") else address or ""


def _costs(visit: Visit, entry: InboxEntry) -> PartCosts | None:
    channel = visit.hub.channels.get(entry.channel)
    return channel.part_costs(entry.port) if isinstance(channel, CountsParts) else None
