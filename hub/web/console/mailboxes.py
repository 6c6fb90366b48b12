"""How looking into mailboxes goes, for leaders and administrators: whoever runs the hub sees what has to be mended."""

from starlette.responses import Response

from hub.errors import NotAllowed
from hub.models.base import utcnow
from hub.queries.watching import may_see_watches
from hub.web.console.reading import mailbox_list
from hub.web.console.visit import Visit


async def show_mailboxes(visit: Visit) -> Response:
    """GET /mailboxes"""
    if not may_see_watches(visit.agent):
        raise NotAllowed("Team leaders and administrators see how the mailboxes are doing.")
    found = await visit.hub.db.read(mailbox_list, visit.agent, utcnow())
    return visit.render("mailboxes.html", found=found, beside=found.navigation)
