"""What a caseworker does on the case page: a form each, then back to the page, which says what happened.

A form carries the `seq` that its page showed. When somebody else changed the case since, nothing is done: the page
comes back with what was typed, and with who was first. Changes that nobody must read first (a delivery receipt) don't
count.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session
from starlette.responses import Response

from hub.actions.casework.alarms import acknowledge_alarms, record_false_alarm
from hub.actions.casework.cases import assign, claim, note, release, reopen, resolve, transfer
from hub.actions.casework.raising import emergency_unsent, raise_by_hand
from hub.actions.casework.wrong_queue import correct_queue
from hub.actions.intake.consent import note_refusal
from hub.actions.sending.reply import Enclosed, reply
from hub.errors import Conflict, HubError, Invalid, NotFound, OptedOut
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.web.console.case import clocks, flagging, unsubscribing
from hub.web.console.case.composing import ticked
from hub.web.console.case.page import Problem, case_id_of, names_in, render_case
from hub.web.console.case.timeline import meanwhile, since
from hub.web.console.case.tying import ACTS as TIES
from hub.web.console.case.tying import TITLES as TIE_TITLES
from hub.web.console.case.writing import files_of, keep_files
from hub.web.console.filled_in import numbers
from hub.web.console.reading import whole_case
from hub.web.console.visit import Form, FormHandler, Visit

_TITLES: Mapping[str, str] = {
    "reply": "Your answer was not sent",
    "reply-and-resolve": "Your answer was not sent",
    "note": "Your note was not kept",
    "claim": "You don’t hold this case",
    "release": "The case was not released",
    "assign": "The case was not assigned",
    "transfer": "The case was not transferred",
    "resolve": "The case was not resolved",
    "reopen": "The case was not reopened",
    "wrong-queue": "The case was not moved",
    "raise-alarm": "No alarm was raised",
    "acknowledge-alarm": "The alarm was not acknowledged",
    "false-alarm": "Nothing was recorded",
    **TIE_TITLES,
    **clocks.TITLES,
    **flagging.TITLES,
    **unsubscribing.TITLES,
}


_GAP = "{name}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One form, sent for one case."""

    visit: Visit
    case_id: int
    sent: Form

    async def write(self, action: Callable[..., Any], seq: int | None, *args: Any, **kwargs: Any) -> None:
        hub, agent_id = self.visit.hub, self.visit.agent.id
        try:
            await hub.db.write(action, self.case_id, agent_id, *args, seq=seq, **kwargs)
        except OptedOut as error:
            await hub.db.write(note_refusal, self.case_id, agent_id, error.message)
            raise

    def text(self, name: str) -> str:
        return self.sent.get(name, "").replace("\r\n", "\n")


Act = Callable[[Attempt, int | None], Awaitable[str]]


async def change_case(visit: Visit, sent: Form) -> Response:
    """POST /cases/{reference}/{verb}"""
    return await _change(visit, sent, visit.request.path_params["verb"])


def with_verb(verb: str) -> FormHandler:
    """The same for one verb, at a path of its own."""

    async def change(visit: Visit, sent: Form) -> Response:
        return await _change(visit, sent, verb)

    return change


async def _change(visit: Visit, sent: Form, verb: str) -> Response:
    attempt = Attempt(visit, case_id_of(visit), sent)
    try:
        said = await acted(attempt, verb)
    except (Conflict, Invalid) as error:
        return await _refused(attempt, verb, error)
    return visit.go(f"/cases/{visit.request.path_params['reference']}", said)


async def acted(attempt: Attempt, verb: str) -> str:
    """The word for what was done; tried once more when only quiet things happened since the page was made.

    Raises NotFound for an unknown verb, and Conflict and Invalid when it can't be done.
    """
    act = _ACTS.get(verb)
    if act is None:
        raise NotFound("There is no such action.")
    seq = _seq(attempt.sent)
    try:
        return await act(attempt, seq)
    except Conflict:
        page = await attempt.visit.hub.db.read(case_page, attempt.case_id)
        if seq is None or seq == page.case.seq or since(page, seq):
            raise
        return await act(attempt, page.case.seq)


async def _refused(attempt: Attempt, verb: str, error: HubError) -> Response:
    visit = attempt.visit
    whole = await visit.hub.db.read(whole_case, visit.agent, utcnow(), attempt.case_id, visit.hub.directory.names)
    seq = _seq(attempt.sent)
    news = since(whole.page, seq) if seq is not None and isinstance(error, Conflict) else ()
    problem = Problem(
        title=_TITLES[verb],
        message=error.message,
        verb=verb,
        fields=error.fields,
        meanwhile=meanwhile(news, names_in(visit, whole), visit.hub.directory.country),
    )
    return render_case(visit, whole, problem=problem, draft=attempt.sent, http_status=error.http_status)


def _seq(sent: Form) -> int | None:
    given = sent.get("seq", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


# --- each verb ---------------------------------------------------------------------------------------------


async def _reply(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(reply, seq, _answer(attempt), **await _way(attempt))
    return "replied"


async def _reply_and_resolve(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(reply_and_resolve, seq, _answer(attempt), **await _way(attempt))
    return "replied-and-resolved"


def _answer(attempt: Attempt) -> str:
    """Raises Invalid where a template left the gap of a name that isn't known: the citizen would read it so."""
    text = attempt.text("text")
    if _GAP in text:
        raise Invalid(f"It still says {_GAP}: write the citizen’s name there, or take it out.")
    return text


def reply_and_resolve(session: Session, case_id: int, agent_id: int, text: str, *, seq: int | None, **way: Any) -> int:
    """Both or neither."""
    sent = reply(session, case_id, agent_id, text, seq=seq, **way)
    return resolve(session, case_id, agent_id, "Answered", seq=sent.seq)


async def _note(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(note, None, attempt.text("text"))  # a note is welcome whatever happened meanwhile
    return "noted"


async def _claim(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(claim, None)  # the action itself lets only the first one through
    return "claimed"


async def _release(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(release, seq)
    return "released"


async def _assign(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(assign, seq, attempt.text("agent"))
    return "assigned"


async def _transfer(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(transfer, seq, attempt.text("queue"), attempt.text("reason"))
    return "transferred"


async def _resolve(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(resolve, seq, attempt.text("outcome"))
    return "resolved"


async def _reopen(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(reopen, seq)
    return "reopened"


async def _wrong_queue(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(correct_queue, seq, attempt.text("queue"), attempt.text("reason"))
    return "wrong-queue"


async def _raise_alarm(attempt: Attempt, seq: int | None) -> str:
    hub = attempt.visit.hub
    await attempt.write(
        raise_by_hand,
        None,  # whatever happened meanwhile, there is danger
        attempt.text("danger"),
        attempt.text("reason"),
        directory=hub.directory,
        public_url=hub.settings.base_url,
        mail_domain=hub.mail_domain,
        answers=bool(attempt.text("answer")),
        longest=hub.longest_text,
    )
    untold = await hub.db.read(emergency_unsent, attempt.case_id)
    return "alarm-raised-untold" if untold else "alarm-raised"


async def _acknowledge_alarm(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(acknowledge_alarms, None)  # whatever happened meanwhile, somebody deals with it
    return "alarm-acknowledged"


async def _false_alarm(attempt: Attempt, seq: int | None) -> str:
    await attempt.write(record_false_alarm, None, attempt.text("note"))
    return "alarm-false"


async def _way(attempt: Attempt) -> dict[str, Any]:
    """By which channel, with which files and copies. Files that came with the form itself wait as uploads first, so
    that a refused reply keeps them. Copies are a mail's: those of another channel's form were only left filled in."""
    visit, channel = attempt.visit, attempt.text("channel")
    new = await keep_files(visit, attempt.case_id, files_of(attempt.sent))
    is_mail = channel == "email"
    enclosed = Enclosed(
        cc=[attempt.text("cc"), *ticked(attempt.sent)] if is_mail else "",
        bcc=attempt.text("bcc") if is_mail else "",
        uploads=(*numbers(attempt.sent, "upload-"), *new),
        quotes=is_mail and bool(attempt.text("quotes")),
        undo_for=timedelta(seconds=visit.hub.settings.undo_seconds),
        limits=visit.hub.file_limits,
    )
    return {
        "mail_domain": visit.hub.mail_domain,
        "channel": channel or None,
        "enclosed": enclosed,
        "longest": visit.hub.longest_text,
    }


_ACTS: Mapping[str, Act] = {
    "reply": _reply,
    "reply-and-resolve": _reply_and_resolve,
    "note": _note,
    "claim": _claim,
    "release": _release,
    "assign": _assign,
    "transfer": _transfer,
    "resolve": _resolve,
    "reopen": _reopen,
    "wrong-queue": _wrong_queue,
    "raise-alarm": _raise_alarm,
    "acknowledge-alarm": _acknowledge_alarm,
    "false-alarm": _false_alarm,
    **TIES,
    **clocks.ACTS,
    **flagging.ACTS,
    **unsubscribing.ACTS,
}
