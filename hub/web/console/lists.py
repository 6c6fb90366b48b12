"""Lists: my desk, all queues, a queue, a search; and [Next case], which takes the most urgent one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from hub.actions.casework.next_case import Wanted, take_next
from hub.errors import NotFound
from hub.models.base import utcnow
from hub.queries.cases import NOBODY, CaseFilter, case_id_for
from hub.queries.queues import queue_views
from hub.queries.views import AgentView
from hub.web.console.reading import PAGE, cases_of, desk, queue_table
from hub.web.console.several import ticking
from hub.web.console.visit import Form, Visit
from hub.web.console.words import CHANNELS, SHORT_STATUSES

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
        "Waiting",
        replace(_URGENT, status="waiting", open_only=False),
        "No citizen is being waited for.",
    ),
    "resolved": Chip(
        "Resolved", CaseFilter(status="resolved", limit=PAGE), "Nothing has been resolved in the last two weeks."
    ),
}

_SORTS: Mapping[str, str] = {"urgent": "most urgent first", "newest": "newest first"}
_HOLDERS: Mapping[str, str] = {"me": "me", NOBODY: "nobody"}


async def show_desk(visit: Visit) -> Response:
    """GET /desk: what I hold, and what in my queues nobody holds."""
    found = await visit.hub.db.read(desk, visit.agent, utcnow())
    return visit.render("desk.html", found=found, beside=found.navigation, ticking=ticking(visit))


async def show_queues(visit: Visit) -> Response:
    """GET /queues: how each queue stands."""
    found = await visit.hub.db.read(queue_table, visit.agent, utcnow())
    return visit.render("queues.html", found=found, beside=found.navigation)


async def show_queue(visit: Visit) -> Response:
    """GET /queues/{slug}?show=open&channel=sms&sort=newest&after=…"""
    slug = visit.request.path_params["slug"]
    asked = visit.request.query_params
    shown = asked.get("show", "open")
    if shown not in _CHIPS:
        raise NotFound("There is no such list of a queue.")
    picked = _picked(visit, {"channel": CHANNELS, "sort": _SORTS if _can_sort(shown) else {}})
    wanted = replace(_chosen(shown, visit.agent), queue=slug, after=asked.get("after"), **picked)
    found = await visit.hub.db.read(cases_of, visit.agent, utcnow(), wanted)
    return visit.render(
        "queue.html",
        found=found,
        beside=found.navigation,
        ticking=ticking(visit),
        queue=found.queue,
        chips=_CHIPS,
        links={name: _link({"show": name, **picked}) for name in _CHIPS},
        shown=shown,
        channels=CHANNELS,
        sorts=_SORTS if _can_sort(shown) else {},
        picked=picked,
        first=wanted.after is None,
        following=_following(found.listing.next, {"show": shown, **picked}),
    )


async def search(visit: Visit) -> Response:
    """GET /cases?q=…&status=&queue=&channel=&agent=: words, a reference, a number or a mail address, and among which
    cases. A reference of a case goes straight to it."""
    asked = visit.request.query_params
    query = asked.get("q", "").strip()[:MAX_SEARCH]
    queues = visit.hub.directory.queue_by_slug
    picked = _picked(visit, {"status": SHORT_STATUSES, "queue": queues, "channel": CHANNELS, "agent": _HOLDERS})
    wanted = CaseFilter(q=query or None, after=asked.get("after"), limit=PAGE, **picked)
    if picked.get("agent") == "me":
        wanted = replace(wanted, agent=visit.agent.email)
    found = await visit.hub.db.read(cases_of, visit.agent, utcnow(), wanted)
    if len(found.listing.items) == 1 and _is_reference_of(query, found.listing.items[0].id):
        return visit.go(f"/cases/{found.listing.items[0].reference}")
    return visit.render(
        "search.html",
        found=found,
        beside=found.navigation,
        ticking=ticking(visit),
        query=query,
        statuses=SHORT_STATUSES,
        channels=CHANNELS,
        holders=_HOLDERS,
        picked=picked,
        here=_link({"q": query}) if query else "/cases",
        first=wanted.after is None,
        following=_following(found.listing.next, {"q": query, **picked}),
    )


def _picked(visit: Visit, offered: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """What the page's filters are set to; a word that none of them offers is as good as none."""
    asked = visit.request.query_params
    return {name: asked[name] for name, words in offered.items() if asked.get(name) in words}


def _link(asked: Mapping[str, str]) -> str:
    return f"?{urlencode(asked)}"


def _following(cursor: str | None, asked: Mapping[str, str]) -> str:
    return _link({**asked, "after": cursor}) if cursor else ""


def _can_sort(shown: str) -> bool:
    return _CHIPS[shown].wanted.sort == "urgent"


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
