"""Who is here, and what an agent was told."""

from starlette.responses import Response

from hub.actions.casework.notices import see_notices
from hub.actions.casework.presence import set_presence
from hub.errors import Invalid
from hub.models.base import utcnow
from hub.web.console.reading import notice_list, people_here
from hub.web.console.security import local_path
from hub.web.console.visit import Form, Visit


async def show_people(visit: Visit) -> Response:
    """GET /people: who is here, on a break, away."""
    found = await visit.hub.db.read(people_here, visit.agent, utcnow())
    return visit.render("people.html", found=found, beside=found.navigation)


async def be(visit: Visit, sent: Form) -> Response:
    """POST /presence, from any page; back to it."""
    state = sent.get("state", "")
    await visit.hub.db.write(set_presence, visit.agent.id, state, sent.get("reason", ""))
    return visit.go(local_path(sent.get("back", "")), state)


async def show_notices(visit: Visit) -> Response:
    """GET /notices: the latest first."""
    found = await visit.hub.db.read(notice_list, visit.agent, utcnow())
    return visit.render("notices.html", found=found, beside=found.navigation)


async def see(visit: Visit, sent: Form) -> Response:
    """POST /notices: all that the page showed are seen."""
    given = sent.get("up_to", "")
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Invalid("The page didn't say which notices.")
    await visit.hub.db.write(see_notices, visit.agent.id, int(given))
    return visit.go("/notices", "notices-seen")
