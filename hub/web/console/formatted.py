"""A mail as the citizen formatted it, its own pictures inside it: the sandboxed frame may load nothing."""

import base64
import re
from collections.abc import Iterable
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from hub.files import path_of
from hub.queries.views import AttachmentView
from hub.web.console.media_types import PICTURES

_OWN_PICTURE = re.compile(r'(?<= src=")cid:([^"]*)(?=")', re.IGNORECASE)  # as nh3 writes attributes
_LARGEST = 5_000_000  # bytes of all pictures of a mail together; what is beyond stays a file below the message


def with_pictures(html: str, attachments: Iterable[AttachmentView], folder: Path) -> str:
    """The cleaned `html`; each `cid:` (RFC 2392) that names a harmless picture of this mail is a data URL.

    Reads files: call it in a thread.
    """
    named = {file.content_id: file for file in attachments if file.content_id and file.media_type in PICTURES}
    left = _LARGEST
    read: dict[str, str] = {}

    def source(found: re.Match[str]) -> str:
        nonlocal left
        name = unquote(unescape(found[1]))
        file = named.get(name)
        if name not in read and file is not None and file.size <= left:
            left -= file.size
            read[name] = _data_url(file, folder)
        return read.get(name) or found[0]

    return _OWN_PICTURE.sub(source, html)


def _data_url(file: AttachmentView, folder: Path) -> str:
    """An empty string when its content isn't here."""
    path = path_of(folder, file.sha256) if file.sha256 else None
    if path is None or not path.is_file():
        return ""
    return f"data:{file.media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"
