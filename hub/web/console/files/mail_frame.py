"""A mail as its sender formatted it, in a sandboxed frame: hosts beside its links, foreign pictures when asked for."""

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.errors import NotFound
from hub.queries.case_page import case_page
from hub.queries.cases import case_id_for
from hub.queries.views import MessageView
from hub.web.console.files.formatted import with_pictures
from hub.web.console.files.remote_pictures import PATH as PICTURES_PATH
from hub.web.console.files.remote_pictures import with_remote_pictures
from hub.web.console.security import mail_policy, secured
from hub.web.console.visit import Visit
from hub.whole import whole_text

# As nh3 writes tags and attributes; anchors don't nest.
_LINK = re.compile(r'<a\b([^>]*?)\shref="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_OWN_TARGET = re.compile(r'\s(?:target|rel)="[^"]*"')


async def show_mail(visit: Visit) -> Response:
    """GET /cases/{reference}/messages/{id}/formatted; ?pictures=yes has the hub fetch foreign ones."""
    page = await visit.hub.db.read(case_page, case_id_for(visit.request.path_params["reference"]))
    message = _message(page.messages, visit.request.path_params["message_id"])
    settings = visit.hub.settings
    shown = settings.remote_pictures and visit.request.query_params.get("pictures") == "yes"
    html = await run_in_threadpool(with_pictures, message.html, message.attachments, visit.hub.files)
    if shown:
        html = with_remote_pictures(html, message.id, settings)
    return _framed(visit, with_hosts(html), shown)


async def show_whole(visit: Visit) -> Response:
    """GET /cases/{reference}/messages/{id}/whole: every word of a plain mail, what it quotes too."""
    page = await visit.hub.db.read(case_page, case_id_for(visit.request.path_params["reference"]))
    wanted = visit.request.path_params["message_id"]
    message = next((message for message in page.messages if message.id == wanted), None)
    text = await whole_text(visit.hub, message) if message else None
    if text is None:
        raise NotFound("There is no original of this message.")
    return _framed(visit, f"<pre>{escape(text)}</pre>", False)


def _framed(visit: Visit, html: str, shown: bool) -> Response:
    response = visit.render("mail.html", html=html)
    headers: Mapping[str, str] = {
        "Content-Security-Policy": mail_policy(f"{visit.hub.settings.base_url}{PICTURES_PATH}/" if shown else ""),
        "Referrer-Policy": "no-referrer",  # nobody learns from which page a link was followed
    }
    response.headers.update(headers)
    return secured(response, headers["Content-Security-Policy"])


def with_hosts(html: str) -> str:
    """Each link opens a window of its own, and says where it leads unless its words do."""
    return _LINK.sub(_with_host, html)


def _with_host(found: re.Match[str]) -> str:
    address, words = unescape(found[2]), found[4]
    attributes = _OWN_TARGET.sub("", f"{found[1]}{found[3]}").strip()
    opened = f'<a {attributes + " " if attributes else ""}href="{found[2]}" target="_blank" rel="noopener noreferrer">'
    host = host_of(address)
    told = unescape(_TAG.sub("", words)).strip().lower()
    if not host or told in (host, address.lower().rstrip("/")) or _names(told, host):
        return f"{opened}{words}</a>"
    return f'{opened}{words}</a> <small class="host">({escape(host)})</small>'


def host_of(address: str) -> str:
    """Where a link leads: its host as it is really asked for (punycode stays), or the mail address; "" = nowhere."""
    try:
        parts = urlsplit(address.strip())
        if parts.scheme in ("http", "https"):
            host = parts.hostname or ""
            return host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # such as a name whose parts are too long for one
        return "a broken address"
    return parts.path if parts.scheme == "mailto" else ""


def _names(told: str, host: str) -> bool:
    """Do the words themselves show this very host as an address?"""
    try:
        return urlsplit(told if "//" in told else f"//{told}").hostname == host
    except ValueError:
        return False


def _message(messages: tuple[MessageView, ...], message_id: int) -> MessageView:
    found = next((message for message in messages if message.id == message_id and message.html), None)
    if found is None:
        raise NotFound("This message has no formatted original.")
    return found
