"""Files written into the text by uuencode, as mails before MIME and some scanners still do (POSIX, `uuencode`)."""

import binascii
import re

from channels.email.understanding.charsets import decode_header
from channels.email.understanding.headers import text_of
from channels.email.understanding.mail import Attachment

MAX_BLOCKS = 1000

# Possessive: a block that lacks its end is given up at once, so that the search stays linear.
_BLOCK = re.compile(
    rb"^begin [0-7]{3,4} (\S[^\r\n]{0,200})\r?\n((?:[ -`][^\r\n]{0,90}\r?\n|\r?\n)*+)end[ \t]*\r?$\n?", re.MULTILINE
)


def uu_taken_out(body: bytes) -> tuple[bytes, list[Attachment]]:
    """The text without its uuencoded blocks, and the blocks as files; one that doesn't decode stays text."""
    if b"begin " not in body or b"\nend" not in body:
        return body, []
    kept: list[bytes] = []
    found: list[Attachment] = []
    position = 0
    for block in _BLOCK.finditer(body):
        if len(found) >= MAX_BLOCKS:
            break
        content = _decoded(block[2])
        if content is None:
            continue
        kept.append(body[position : block.start()])
        position = block.end()
        name = text_of(decode_header(block[1]))
        found.append(Attachment(filename=name, media_type="application/octet-stream", content=content))
    return b"".join([*kept, body[position:]]), found


def _decoded(lines: bytes) -> bytes | None:
    decoded = bytearray()
    for line in lines.split(b"\n"):
        line = line.rstrip(b"\r")
        if not line:
            continue
        try:
            decoded += _line(line)
        except binascii.Error:
            return None
    return bytes(decoded)


def _line(line: bytes) -> bytes:
    """Some encoders add characters after the counted ones: what the count says is right."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        counted = (((line[0] - 32) & 63) * 4 + 5) // 3
        return binascii.a2b_uu(line[:counted])
