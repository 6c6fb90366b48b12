"""Cases: the list, one, and what may be done to it. Every agent may act on every case: there is no wrong door."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from hub.actions.casework import cases as actions
from hub.actions.casework.alarms import acknowledge_alarms, record_false_alarm
from hub.actions.casework.merging import merge, unmerge
from hub.actions.casework.raising import raise_by_hand
from hub.actions.casework.shares import share, unshare
from hub.actions.casework.wrong_queue import correct_queue
from hub.actions.intake.consent import note_refusal
from hub.actions.sending.participants import add_participant, remove_participant
from hub.actions.sending.reply import Enclosed
from hub.actions.sending.reply import reply as send_reply
from hub.actions.telephone.rings import call_citizen
from hub.actions.time.snoozing import snooze, unsnooze
from hub.errors import Invalid, NotFound, OptedOut
from hub.queries.case_page import case_page
from hub.queries.cases import CaseFilter, CaseListing, case_id_for, list_cases
from hub.queries.decisions import derive_decisions
from hub.queries.views import CasePage
from hub.running import Hub, hub_of
from hub.web.api import schemas, sent
from hub.web.api.answers import answer, case_json, listed_case_json
from hub.web.api.asking import body_of, changing, id_in_path, parameters_of, reading, token_hash_of
from hub.web.api.doors import Endpoint
from hub.whole import whole_text
from routing.condition import Names

B = TypeVar("B", bound=sent.Change)


async def list_of_cases(request: Request) -> Response:
    hub, token_hash = hub_of(request), token_hash_of(request)
    given = parameters_of(request, sent.CasesWanted)
    if given.channel is not None and given.channel not in hub.channels:
        raise Invalid("There is no such channel.", {"channel": f"One of {', '.join(sorted(hub.channels))}."})
    listing, decisions = await hub.db.read(_explained, token_hash, _filter(given), hub.directory.names)
    items = [listed_case_json(case, decisions[case.id]) for case in listing.items]
    return answer({"items": items, "next": listing.next})


async def one_case(request: Request) -> Response:
    hub, token_hash, reference = hub_of(request), token_hash_of(request), request.path_params["reference"]
    return answer(case_json(await hub.db.read(_page, token_hash, reference, hub.directory.names)))


async def whole_message(request: Request) -> Response:
    """GET /cases/{reference}/messages/{id}/whole"""
    hub, token_hash, wanted = hub_of(request), token_hash_of(request), id_in_path(request, "id")
    page = await hub.db.read(_page, token_hash, request.path_params["reference"], hub.directory.names)
    message = next((message for message in page.messages if message.id == wanted), None)
    if message is None:
        raise NotFound("There is no such message in this case.")
    whole = await whole_text(hub, message)
    told: schemas.WholeMessage = {
        "id": message.id,
        "text": message.text,
        "whole_text": message.text if whole is None else whole,
    }
    return answer(told)


def _page(session: Session, token_hash: str, reference: str, names: Names) -> CasePage:
    return case_page(session, case_id_for(reference), reading(session, token_hash), names)


def _filter(given: sent.CasesWanted) -> CaseFilter:
    return CaseFilter(
        queue=given.queue,
        status=given.status,
        channel=given.channel,
        agent=given.agent,
        contact_id=given.contact,
        q=given.q,
        after=given.after,
        limit=given.limit,
    )


def _explained(
    session: Session, token_hash: str, wanted: CaseFilter, names: Names
) -> tuple[CaseListing, dict[int, dict[str, Any]]]:
    listing = list_cases(session, replace(wanted, viewer=reading(session, token_hash)))
    return listing, derive_decisions(session, [case.id for case in listing.items], names)


# --- changes ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked(Generic[B]):
    """Who wants what done to which case."""

    case_id: int
    agent_id: int
    body: B
    hub: Hub


def _reply(session: Session, asked: Asked[sent.NewReply]) -> None:
    body = asked.body
    send_reply(
        session,
        asked.case_id,
        asked.agent_id,
        body.text,
        mail_domain=asked.hub.mail_domain,
        channel=body.channel,
        inbox=body.inbox,
        seq=body.seq,
        enclosed=Enclosed(
            cc=body.cc, bcc=body.bcc, uploads=body.attachments, quotes=body.quote, limits=asked.hub.file_limits
        ),
        longest=asked.hub.longest_text,
    )


def _note(session: Session, asked: Asked[sent.NewNote]) -> None:
    actions.note(session, asked.case_id, asked.agent_id, asked.body.text, asked.body.seq)


def _claim(session: Session, asked: Asked[sent.Change]) -> None:
    actions.claim(session, asked.case_id, asked.agent_id, asked.body.seq)


def _release(session: Session, asked: Asked[sent.Change]) -> None:
    actions.release(session, asked.case_id, asked.agent_id, asked.body.seq)


def _assign(session: Session, asked: Asked[sent.NewAssignment]) -> None:
    actions.assign(session, asked.case_id, asked.agent_id, asked.body.agent, asked.body.seq)


def _transfer(session: Session, asked: Asked[sent.NewTransfer]) -> None:
    body = asked.body
    actions.transfer(session, asked.case_id, asked.agent_id, body.queue, body.reason, body.seq)


def _share(session: Session, asked: Asked[sent.NewShare]) -> None:
    share(session, asked.case_id, asked.agent_id, asked.body.queue, asked.body.reason, asked.body.seq)


def _unshare(session: Session, asked: Asked[sent.EndedShare]) -> None:
    unshare(session, asked.case_id, asked.agent_id, asked.body.queue, asked.body.seq)


def _resolve(session: Session, asked: Asked[sent.NewOutcome]) -> None:
    actions.resolve(session, asked.case_id, asked.agent_id, asked.body.outcome, asked.body.seq)


def _reopen(session: Session, asked: Asked[sent.Change]) -> None:
    actions.reopen(session, asked.case_id, asked.agent_id, asked.body.seq)


def _merge(session: Session, asked: Asked[sent.NewMerge]) -> None:
    merge(session, asked.case_id, asked.agent_id, asked.body.into, asked.body.seq)


def _unmerge(session: Session, asked: Asked[sent.Change]) -> None:
    unmerge(session, asked.case_id, asked.agent_id, asked.body.seq)


def _snooze(session: Session, asked: Asked[sent.NewSnooze]) -> None:
    snooze(session, asked.case_id, asked.agent_id, asked.body.until, asked.body.seq)


def _unsnooze(session: Session, asked: Asked[sent.Change]) -> None:
    unsnooze(session, asked.case_id, asked.agent_id, asked.body.seq)


def _add_participant(session: Session, asked: Asked[sent.NewParticipant]) -> None:
    add_participant(session, asked.case_id, asked.agent_id, asked.body.address, asked.body.seq)


def _remove_participant(session: Session, asked: Asked[sent.NewParticipant]) -> None:
    remove_participant(session, asked.case_id, asked.agent_id, asked.body.address, asked.body.seq)


def _wrong_queue(session: Session, asked: Asked[sent.NewCorrection]) -> None:
    body = asked.body
    correct_queue(session, asked.case_id, asked.agent_id, body.queue, body.reason, body.seq)


def _raise_alarm(session: Session, asked: Asked[sent.NewAlarm]) -> None:
    body, hub = asked.body, asked.hub
    raise_by_hand(
        session,
        asked.case_id,
        asked.agent_id,
        body.danger,
        body.reason,
        directory=hub.directory,
        public_url=hub.settings.base_url,
        mail_domain=hub.mail_domain,
        answers=body.answer,
        longest=hub.longest_text,
        seq=body.seq,
    )


def _acknowledge_alarm(session: Session, asked: Asked[sent.Change]) -> None:
    acknowledge_alarms(session, asked.case_id, asked.agent_id, asked.body.seq)


def _false_alarm(session: Session, asked: Asked[sent.NewFalseAlarm]) -> None:
    record_false_alarm(session, asked.case_id, asked.agent_id, asked.body.note, asked.body.seq)


@dataclass(frozen=True, slots=True)
class Verb:
    """`POST /api/v1/cases/{reference}/{name}`."""

    name: str
    summary: str
    body: type[sent.Change]
    status: int
    endpoint: Endpoint


def verb(name: str, summary: str, body: type[B], act: Callable[[Session, Asked[B]], object], status: int = 200) -> Verb:
    """A verb that carries out an action and answers with the case as it is then."""

    async def endpoint(request: Request) -> Response:
        hub = hub_of(request)
        agent = await hub.db.read(changing, token_hash_of(request))
        case_id = case_id_for(request.path_params["reference"])
        given = await body_of(request, body)
        try:
            await hub.db.write(act, Asked(case_id, agent.id, given, hub))
        except OptedOut as error:
            await hub.db.write(note_refusal, case_id, agent.id, error.message)
            raise
        return answer(case_json(await hub.db.read(case_page, case_id, agent, hub.directory.names)), status)

    return Verb(name, summary, body, status, endpoint)


def _ring(session: Session, asked: Asked[sent.Change]) -> None:
    call_citizen(session, asked.case_id, asked.agent_id)


VERBS = (
    verb("call", "Ring my phone, then call the citizen", sent.Change, _ring, 202),
    verb("replies", "Answer the citizen", sent.NewReply, _reply, 201),
    verb("notes", "Write something for colleagues", sent.NewNote, _note, 201),
    verb("claim", "Take the case", sent.Change, _claim),
    verb("release", "Give the case back to its queue", sent.Change, _release),
    verb("assign", "Give the case to a colleague", sent.NewAssignment, _assign),
    verb("transfer", "Move the case to another queue", sent.NewTransfer, _transfer),
    verb("share", "Put the case into another queue's lists, too", sent.NewShare, _share),
    verb("unshare", "Say for a queue that a shared case isn't theirs", sent.EndedShare, _unshare),
    verb("resolve", "End the work on the case", sent.NewOutcome, _resolve),
    verb("reopen", "Take up a resolved case again", sent.Change, _reopen),
    verb("wrong-queue", "Move the case to the right queue, and learn from it", sent.NewCorrection, _wrong_queue),
    verb("raise-alarm", "Raise an alarm that the hub has not heard", sent.NewAlarm, _raise_alarm),
    verb("acknowledge-alarm", "Deal with the danger that its alarm is about", sent.Change, _acknowledge_alarm),
    verb("false-alarm", "Record that its alarm was false", sent.NewFalseAlarm, _false_alarm),
    verb("snooze", "Put the case off until a moment", sent.NewSnooze, _snooze),
    verb("unsnooze", "Bring a case that was put off back now", sent.Change, _unsnooze),
    verb("merge", "Join the case to another one, which goes on", sent.NewMerge, _merge),
    verb("unmerge", "Take a joined case out again, as it was", sent.Change, _unmerge),
    verb("add-participant", "Let somebody beside the contact take part", sent.NewParticipant, _add_participant),
    verb("remove-participant", "Let them take part no longer", sent.NewParticipant, _remove_participant),
)
