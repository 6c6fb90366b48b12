"""The composer's own buttons: attach a file, take one away, begin with a template, take a reply back, write
one again that failed. Each shows the page again with all that was typed."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from starlette.responses import Response

from hub.actions.files.uploads import drop_upload
from hub.actions.sending.undelivered import begin_again
from hub.actions.sending.undo import TakenBack, undo_reply
from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.files.uploading import take_upload
from hub.models.base import utcnow
from hub.web.console.case.composing import offered
from hub.web.console.case.page import Problem, case_id_of, render_case
from hub.web.console.filled_in import FilledIn, HandedIn
from hub.web.console.reading import whole_case
from hub.web.console.visit import Form, Visit
from hub.web.handing_out import safe_name

_NOT_ATTACHED = "The file was not attached"


async def attach(visit: Visit, sent: Form) -> Response:
    """POST /cases/{reference}/attach"""
    problem = None
    try:
        await keep_files(visit, case_id_of(visit), files_of(sent))
    except HubError as error:
        problem = Problem(title=_NOT_ATTACHED, message=error.message, verb="reply", fields=error.fields)
    return await _again(visit, sent, problem)


async def detach(visit: Visit, sent: Form) -> Response:
    """POST /cases/{reference}/detach: the button's value is the id of the upload."""
    given = sent.get("remove", "")
    if given.isascii() and given.isdigit() and len(given) < 20:
        with suppress(NotFound):  # gone is what was wanted
            await visit.hub.db.write(drop_upload, visit.agent.id, int(given))
    return await _again(visit, sent, None)


async def begin_with_template(visit: Visit, sent: Form) -> Response:
    """POST /cases/{reference}/template: its words after what was typed, for who has no scripts."""
    whole = await visit.hub.db.read(whole_case, visit.agent, utcnow(), case_id_of(visit), visit.hub.directory.names)
    found = next(
        (each for each in offered(visit, whole.page, whole.templates) if each.slug == sent.get("template")), None
    )
    typed = sent.get("text", "").rstrip()
    text = f"{typed}\n\n{found.text}".strip() if found else typed
    return render_case(visit, whole, draft={**sent, "text": text}, writing="reply")


async def undo(visit: Visit, sent: Form) -> Response:
    """POST /cases/{reference}/undo: the reply's words stand in the composer again."""
    return await _filled(visit, sent, undo_reply, "The reply has left")


async def write_again(visit: Visit, sent: Form) -> Response:
    """POST /cases/{reference}/write-again: the same of one that didn't arrive, which stays where it is."""
    return await _filled(visit, sent, begin_again, "It can’t be written again")


async def _filled(visit: Visit, sent: Form, take: Callable[..., TakenBack], refused: str) -> Response:
    """The case with the words of one of its messages under the agent's hands."""
    given = sent.get("message", "")
    case_id, problem, draft = case_id_of(visit), None, dict[str, str]()
    try:
        if not (given.isascii() and given.isdigit() and len(given) < 20):
            raise NotFound("There is no such reply.")
        draft = _draft_of(await visit.hub.db.write(take, case_id, visit.agent.id, int(given)))
    except (Conflict, NotFound) as error:
        problem = Problem(title=refused, message=error.message, verb="undo")
    whole = await visit.hub.db.read(whole_case, visit.agent, utcnow(), case_id, visit.hub.directory.names)
    status = 200 if problem is None else 409
    return render_case(visit, whole, problem=problem, draft=draft, writing="reply", http_status=status)


async def keep_files(visit: Visit, case_id: int, files: Sequence[HandedIn]) -> list[int]:
    """The ids of the uploads. Raises Invalid, Unavailable."""
    limit = visit.hub.settings.max_upload_bytes
    too_large = next((file for file in files if len(file.content) > limit), None)
    if too_large is not None:
        words = f"{safe_name(too_large.filename)} is too large."
        raise Invalid(words, {"attachments": f"At most {limit / 1_000_000:.0f} MB each."})
    ids = []
    for file in files:
        name = safe_name(file.filename)
        kept = await take_upload(visit.hub, visit.agent.id, case_id, name, file.media_type, file.content)
        ids.append(kept.id)
    return ids


def files_of(sent: Mapping[str, str]) -> tuple[HandedIn, ...]:
    return sent.files if isinstance(sent, FilledIn) else ()


async def _again(visit: Visit, sent: Form, problem: Problem | None) -> Response:
    whole = await visit.hub.db.read(whole_case, visit.agent, utcnow(), case_id_of(visit), visit.hub.directory.names)
    status = 200 if problem is None else 422
    return render_case(visit, whole, problem=problem, draft=sent, writing="reply", http_status=status)


def _draft_of(back: TakenBack) -> dict[str, str]:
    draft = {"text": back.text, "channel": back.channel, "cc": ", ".join(back.cc), "bcc": ", ".join(back.bcc)}
    return {**draft, "quotes": "yes"} if back.quotes else draft
