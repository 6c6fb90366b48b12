"""Lists of cases: my desk, a queue, a search; and [Next case], which takes the most urgent one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import Response

from hub.actions.casework.next_case import Wanted, take_next
from hub.errors import NotFound
from hub.models.base import utcnow
from hub.queries.cases import NOBODY, CaseFilter, case_id_for
from hub.queries.queues import queue_views
from hub.queries.views import AgentView
from hub.web.console.reading import PAGE, cases_of, desk
from hub.web.console.visit import Form, Visit

MAX_SEARCH = 200  # characters


@dataclass(frozen=True, slots=True)
class Chip:
    """A ready-made filter of a queue's list."""

    word: str
    wanted: CaseFilter
    empty: str  # what an empty list means


_URGENT = CaseFilter(open_only=True, sort="urgent", limit=PAGE)
_CHIPS: Mapping[str, Chip] = {
    "open": Chip("Open", _URGENT, "Nothing is open in this queue. Well done."),
    "unassigned": Chip("Unassigned", replace(_URGENT, agent=NOBODY), "Every open case has somebody who holds it."),
    "mine": Chip("Mine", _URGENT, "You hold no case of this queue. Next case gives you one."),
    "waiting": Chip(
        "Waiting for the citizen",
        replace(_URGENT, status="waiting", open_only=False),
        "No citizen is being waited for.",
    ),
    "resolved": Chip(
        "Resolved", CaseFilter(status="resolved", limit=PAGE), "Nothing has been resolved in the last two weeks."
    ),
}


async def show_desk(visit: Visit) -> Response:
    """GET /desk: what I hold, and what in my queues nobody holds."""
    found = await visit.hub.db.read(desk, visit.agent, utcnow())
    return visit.render("desk.html", found=found, beside=found.navigation)


async def show_queue(visit: Visit) -> Response:
    """GET /queues/{slug}?show=open&after=…"""
    slug = visit.request.path_params["slug"]
    shown = visit.request.query_params.get("show", "open")
    if shown not in _CHIPS:
        raise NotFound("There is no such list of a queue.")
    wanted = replace(_chosen(shown, visit.agent), queue=slug, after=visit.request.query_params.get("after"))
    found = await visit.hub.db.read(cases_of, visit.agent, utcnow(), wanted)
    following = f"?{urlencode({'show': shown, 'after': found.listing.next})}" if found.listing.next else ""
    return visit.render(
        "queue.html",
        found=found,
        beside=found.navigation,
        queue=found.queue,
        chips=_CHIPS,
        shown=shown,
        first=wanted.after is None,
        following=following,
    )


async def search(visit: Visit) -> Response:
    """GET /cases?q=: words, a reference, a number or a mail address. A reference of a case goes straight to it."""
    query = visit.request.query_params.get("q", "").strip()[:MAX_SEARCH]
    after = visit.request.query_params.get("after")
    wanted = CaseFilter(q=query, after=after, limit=PAGE)
    if not query:
        wanted = CaseFilter(after=after, limit=PAGE)
    found = await visit.hub.db.read(cases_of, visit.agent, utcnow(), wanted)
    if len(found.listing.items) == 1 and _is_reference_of(query, found.listing.items[0].id):
        return visit.go(f"/cases/{found.listing.items[0].reference}")
    following = f"?{urlencode({'q': query, 'after': found.listing.next})}" if found.listing.next else ""
    return visit.render(
        "search.html",
        found=found,
        beside=found.navigation,
        query=query,
        first=after is None,
        following=following,
    )


async def next_in_queue(visit: Visit, sent: Form) -> Response:
    """POST /queues/{slug}/next: takes the most urgent case that nobody holds and opens it."""
    slug = visit.request.path_params["slug"]
    if slug not in {queue.slug for queue in await visit.hub.db.read(queue_views, utcnow())}:
        raise NotFound("There is no such queue.")
    return await _take_next(visit, slug, f"/queues/{slug}")


async def next_on_desk(visit: Visit, sent: Form) -> Response:
    """POST /desk/next: the same over all queues where I work."""
    return await _take_next(visit, None, "/desk")


async def _take_next(visit: Visit, slug: str | None, otherwise: str) -> Response:
    taken = await visit.hub.db.write_batched(take_next, Wanted(visit.agent.id, slug))
    if taken.case_id is None:
        return visit.go(otherwise, taken.code)
    return visit.go(f"/cases/{taken.reference}", "claimed")


def _chosen(shown: str, agent: AgentView) -> CaseFilter:
    wanted = _CHIPS[shown].wanted
    return replace(wanted, agent=agent.email) if shown == "mine" else wanted


def _is_reference_of(query: str, case_id: int) -> bool:
    try:
        return case_id_for(query) == case_id
    except NotFound:
        return False
