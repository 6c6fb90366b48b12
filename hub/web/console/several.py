"""Several cases at once: ticked in a list, and then dealt with one after the other, each as its own page would.

What can't be done with one keeps none of the others from it. Those that are left are shown, still ticked, and why.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.models.base import utcnow
from hub.queries.restrictions import visible_ids
from hub.web.console.case.changes import Attempt, acted
from hub.web.console.case.later import Later, later
from hub.web.console.filled_in import numbers
from hub.web.console.reading import ticked_cases
from hub.web.console.rendering import wording
from hub.web.console.security import local_path
from hub.web.console.visit import Form, Visit
from hub.web.console.words import number_of

_WANTED: Mapping[str, tuple[str, str]] = {
    "transfer": ("queue", "Choose a queue."),
    "assign": ("agent", "Choose a colleague."),
}
_DONE: Mapping[str, str] = {
    "claim": "claimed",
    "assign": "assigned",
    "transfer": "transferred",
    "snooze": "put off",
    "resolve": "resolved",
}


async def change_several(visit: Visit, sent: Form) -> Response:
    """POST /cases/several: `verb` with each case-ID=SEQ, then back to the list that it came from."""
    verb = sent.get("verb", "")
    if verb not in _DONE:
        raise NotFound("There is no such action.")
    back = local_path(sent.get("back", ""))
    ticked = numbers(sent, "case-")
    seen = await visit.hub.db.read(visible_ids, visit.agent, ticked)
    reasons = {case_id: await _reason(visit, sent, verb, case_id) for case_id in ticked if case_id in seen}
    left = {case_id: reason for case_id, reason in reasons.items() if reason}
    if not left:
        return visit.go(back, f"several-{verb}" if reasons else "none-ticked")
    found = await visit.hub.db.read(ticked_cases, visit.agent, utcnow(), list(left))
    return visit.render(
        "several.html",
        http_status=409,
        found=found,
        beside=found.navigation,
        ticking=Ticking(_moments(visit), back, sent),
        title=f"{number_of(len(left), 'case')} {'was' if len(left) == 1 else 'were'} not {_DONE[verb]}",
        reasons=Counter(left.values()),
        done=len(reasons) - len(left),
    )


async def _reason(visit: Visit, sent: Form, verb: str, case_id: int) -> str:
    """Why it can't be done with this case; "" = it is done."""
    field, choose = _WANTED.get(verb, ("verb", ""))
    if not sent.get(field):
        return choose
    try:
        await acted(Attempt(visit, case_id, {**sent, "seq": sent[f"case-{case_id}"]}), verb)
    except (Conflict, Invalid) as error:
        return _in_words(error)
    return ""


def _in_words(error: HubError) -> str:
    return " ".join((error.message, *error.fields.values()))


@dataclass(frozen=True, slots=True)
class Ticking:
    """What the form for the ticked cases of a page says."""

    later: tuple[Later, ...]  # until when they may be put off
    back: str  # the page that comes when all is done
    typed: Form  # as it was sent before


def ticking(visit: Visit) -> Ticking:
    """Of a page with a list, which comes again when all is done."""
    url = visit.request.url
    return Ticking(_moments(visit), f"{url.path}?{url.query}" if url.query else url.path, {})


def _moments(visit: Visit) -> tuple[Later, ...]:
    return later(wording(visit.request))
