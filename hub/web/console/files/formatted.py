"""A mail as the citizen formatted it, its own pictures inside it: the sandboxed frame may load nothing."""

import base64
import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote

from hub.files.store import Files
from hub.queries.views import AttachmentView
from hub.web.console.files.media_types import PICTURES

_OWN_PICTURE = re.compile(r'(?<= src=")cid:([^"]*)(?=")', re.IGNORECASE)  # as nh3 writes attributes
_LARGEST = 5_000_000  # bytes of all pictures of a mail together; what is beyond stays a file below the message


def with_pictures(html: str, attachments: Iterable[AttachmentView], files: Files) -> str:
    """The cleaned `html`; each `cid:` (RFC 2392) that names a harmless picture of this mail is a data URL.

    Reads files: call it in a thread.
    """
    named = {
        file.content_id: file
        for file in attachments
        if file.content_id and file.media_type in PICTURES and file.state == "stored"
    }
    left = _LARGEST
    read: dict[str, str] = {}

    def source(found: re.Match[str]) -> str:
        nonlocal left
        name = unquote(unescape(found[1]))
        file = named.get(name)
        if name not in read and file is not None and file.size <= left:
            left -= file.size
            read[name] = _data_url(file, files)
        return read.get(name) or found[0]

    return _OWN_PICTURE.sub(source, html)


def _data_url(file: AttachmentView, files: Files) -> str:
    """An empty string when its content isn't here."""
    try:
        content = files.read(file.sha256)
    except OSError:
        return ""
    return f"data:{file.media_type};base64,{base64.b64encode(content).decode()}"
