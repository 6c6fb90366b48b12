"""A mail as its sender formatted it, in a sandboxed frame: hosts beside its links, foreign pictures when asked for."""

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from channels.email.addresses import ascii_domain
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

# As nh3 writes tags and attributes.
_ANCHOR = re.compile(r'<a\b((?:\s[a-z-]+="[^"]*")*)>|</a>')
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_OWN_WINDOW = {"target": "_blank", "rel": "noopener noreferrer"}
_SLASHES = re.compile(r"(https?):[/\\]+", re.IGNORECASE)


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
    """Each link opens a window of its own, and says where it leads unless its words do. One may hold a table, and that
    another."""
    shown: list[str] = []
    opened: list[tuple[str, int]] = []  # where it leads, and from where on its words stand in `shown`
    done = 0
    for found in _ANCHOR.finditer(html):
        shown.append(html[done : found.start()])
        done = found.end()
        if found[1] is not None:
            attributes = dict(_ATTRIBUTE.findall(found[1]))
            shown.append(_opening(attributes) if "href" in attributes else found[0])
            opened.append((unescape(attributes.get("href", "")), len(shown)))
        elif opened:
            address, words = opened.pop()
            shown.append(f"</a>{_host_beside(address, ''.join(shown[words:]))}")
    return "".join([*shown, html[done:]])


def _opening(attributes: Mapping[str, str]) -> str:
    given = {name: value for name, value in attributes.items() if name not in _OWN_WINDOW}
    written = " ".join(f'{name}="{value}"' for name, value in (given | _OWN_WINDOW).items())
    return f"<a {written}>"


def _host_beside(address: str, words: str) -> str:
    host = host_of(address)
    told = unescape(_TAG.sub("", words)).strip().lower()
    return "" if not host or told == host or _names(told, host) else f' <small class="host">({escape(host)})</small>'


def host_of(address: str) -> str:
    """Where a link leads: its host as browsers ask for it (punycode stays), or the mail address; "" = nowhere."""
    address = address.strip()
    try:
        if _SLASHES.match(address):
            host = ascii_domain(unquote(urlsplit(_as_browsers_read(address)).hostname or ""))
            return host if host.isascii() else "a broken address"
        parts = urlsplit(address)
    except ValueError:  # such as a name whose parts are too long for one
        return "a broken address"
    return parts.path if parts.scheme == "mailto" else ""


def _as_browsers_read(address: str) -> str:
    """To them a backslash is a slash, and however many begin an address, they are two (WHATWG URL Standard §4.4)."""
    return _SLASHES.sub(r"\1://", address, count=1).replace("\\", "/")


def _names(told: str, host: str) -> bool:
    """Do the words themselves show this very host as an address, and nothing that could be taken for another?"""
    try:
        return "@" not in told and urlsplit(told if "//" in told else f"//{told}").hostname == host
    except ValueError:
        return False


def _message(messages: tuple[MessageView, ...], message_id: int) -> MessageView:
    found = next((message for message in messages if message.id == message_id and message.html), None)
    if found is None:
        raise NotFound("This message has no formatted original.")
    return found
