"""The record of alarms: which there were, who dealt with them, and which were false, and why."""

from urllib.parse import urlencode

from starlette.responses import Response

from hub.models.base import utcnow
from hub.queries.alarms import alarm_filter
from hub.web.console.reading import alarm_page
from hub.web.console.visit import Visit

_CHIPS = {
    "": "All",
    "waiting": "Not acknowledged",
    "acknowledged": "Dealt with",
    "false": "False alarms",
    "by-hand": "Raised by hand",
}


async def show_alarms(visit: Visit) -> Response:
    """GET /alarms?state=false&danger=Gas+leak&after=…"""
    query = visit.request.query_params
    state, name = query.get("state", ""), query.get("danger", "")
    wanted = alarm_filter(state, name, query.get("after", ""))
    found = await visit.hub.db.read(alarm_page, visit.agent, utcnow(), wanted)
    kept = {key: value for key, value in (("state", state), ("danger", name)) if value}
    following = f"?{urlencode({**kept, 'after': found.listing.next})}" if found.listing.next else ""
    return visit.render(
        "alarms.html",
        found=found,
        beside=found.navigation,
        chips={value: (word, urlencode({"state": value, "danger": name})) for value, word in _CHIPS.items()},
        state=state,
        danger=name,
        first=wanted.after is None,
        beginning=f"?{urlencode(kept)}" if kept else "/alarms",
        following=following,
    )
