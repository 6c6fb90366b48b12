"""A mail's parts by their place in the raw bytes: one pass, bounded in depth, parts and time.

The standard library's parser takes 19 s for 25 MB of empty lines and recurses; here a compiled pattern finds the
lines that may be boundaries, and a stack knows which are (RFC 2046 §5.1). An outer boundary ends what is open
inside it; a boundary that closed may open again; a nested message stays one part.
"""

import binascii
import re
from dataclasses import dataclass, field
from itertools import chain

from channels.email.understanding.blocks import MAX_BLOCK, MAX_PART_BLOCK, Headers, beginning, read_block
from channels.email.understanding.headers import base64_octets, charsets_of_words, parameters

MAX_DEPTH = 150
MAX_PARTS = 1000
MAX_CANDIDATES = 500_000  # lines that begin with --
_LONGEST_WORD = 60  # letters
_MAX_BOUNDARY = 990  # RFC 2046 allows 70, RFC 5322 a line of 998

_TELL_NOTHING = ("us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "utf-8", "utf8", "utf-7", "unicode")
_WITH_WORDS = ("subject", "from")
_CANDIDATE = re.compile(rb"\n(--[^\n]{1,1000})")
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,80}/(?:\*|[\w.+-]{1,80})")
_STRAY = re.compile(rb"[^A-Za-z0-9+/= ]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\udc80-\udc9f]")  # the last: bytes that aren't UTF-8
_GUESS = re.compile(rb"(?:\A|\n)--([^\s]{1,200})[ \t]*\r?\n(?=content-[a-z-]{2,40}:)", re.IGNORECASE)


@dataclass
class Part:
    """A node of the tree; `start` and `end` are its body's place in `raw`."""

    raw: bytes = field(repr=False)
    headers: Headers
    start: int
    end: int
    media_type: str
    parameters: dict[str, str]
    disposition: str  # lower case, "" when there is none
    filename: str
    children: list["Part"] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # kept at the root

    @property
    def is_container(self) -> bool:
        return bool(self.children)

    @property
    def content_id(self) -> str:
        return self.headers.first("content-id").strip().strip("<>")[:500]

    def body(self) -> bytes:
        """As it stands in the mail."""
        return self.raw[self.start : self.end]


class _Stack:
    """The multiparts whose end has not been seen, outermost first."""

    def __init__(self, root: Part, boundary: bytes) -> None:
        self._open = [(root, boundary)]
        self._index()

    @property
    def depth(self) -> int:
        return len(self._open)

    @property
    def innermost(self) -> Part:
        return self._open[-1][0]

    def meaning(self, line: bytes) -> tuple[int, bool] | None:
        """What a delimiter line means, whatever words follow it (RFC 2046 §5.1.1); None for any other line."""
        word = line.partition(b" ")[0]
        return self.lines.get(line) or (self.lines.get(word) if word.strip(b"-=_") else None)

    def push(self, part: Part, boundary: bytes) -> None:
        self._open.append((part, boundary))
        self._index()

    def close_inside(self, level: int, end: int) -> None:
        """Ends all containers inside this one; it stays, since its boundary may come again."""
        for part, _ in self._open[level + 1 :]:
            part.end = end
        del self._open[level + 1 :]
        self._index()

    def _index(self) -> None:
        """Each delimiter line and what it means: (level, closing). The innermost wins when two are the same."""
        self.lines: dict[bytes, tuple[int, bool]] = {}
        for level, (_, boundary) in enumerate(self._open):
            self.lines[b"--" + boundary] = (level, False)
            self.lines[b"--" + boundary + b"--"] = (level, True)


def parse(raw: bytes) -> Part:
    """The tree of a mail. Never raises; what was odd is in the root's `problems`."""
    block = read_block(raw, beginning(raw), MAX_BLOCK)
    root = _part(raw, block.headers, block.body, "text/plain")
    root.problems.extend(block.problems)
    boundary = _boundary_of_mail(root)
    if boundary:
        _split(raw, root, boundary)
    root.headers.charsets = _charsets(root)
    return root


def leaves(part: Part) -> list[Part]:
    """All parts without children, in order."""
    if not part.children:
        return [part]
    found: list[Part] = []
    for child in part.children:
        if child.children:
            found += leaves(child)
        else:
            found.append(child)
    return found


def octets(part: Part) -> tuple[bytes, str]:
    """The body with its transfer encoding undone, and "" or what was wrong with it."""
    body = part.body()
    words = part.headers.first("content-transfer-encoding").lower().split()
    encoding = words[0].strip("\"';") if words else ""
    if encoding == "base64":
        return _from_base64(body, part.media_type.startswith("text/"))
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body), ""
    if encoding in ("", "7bit", "8bit", "binary", "7-bit", "8-bit") or "uue" in encoding or "uue" in part.media_type:
        return body, ""
    return body, "a part has an unknown transfer encoding and is kept as it came"


def _from_base64(body: bytes, is_text: bool) -> tuple[bytes, str]:
    decoded, whole = base64_octets(body)
    if _is_prose(body[:4096]) or (is_text and _is_word(body, decoded)):
        return body, "a part calls itself base64 and isn't"
    return decoded, "" if whole else "a part's base64 is damaged"


def _is_prose(sample: bytes) -> bool:
    """Words have a space in every twelve characters; base64 has none, and few strays even when it is damaged."""
    written = sample.translate(None, b"\r\n\t").strip()
    strays = len(_STRAY.findall(written))
    return written.count(b" ") * 12 > len(written) or strays * 3 > len(written)


def _is_word(body: bytes, decoded: bytes) -> bool:
    """A few letters, one of which base64 hasn't or which are one too many for it, and which mean nothing when they are
    decoded all the same."""
    written = body.strip()
    if len(written) > _LONGEST_WORD or b"\n" in written:
        return False
    meant = decoded.decode("utf-8", "surrogateescape")
    if _STRAY.search(written):
        return _CONTROLS.search(meant) is not None
    return len(written) % 4 == 1 and not meant.isprintable()


def _split(raw: bytes, root: Part, boundary: bytes) -> None:
    """Grows the tree under `root`. `current` is the leaf whose end is still open."""
    stack = _Stack(root, boundary)
    current: Part | None = None
    position, parts = root.start, 0
    for _ in range(MAX_CANDIDATES):
        match = _CANDIDATE.search(raw, max(position - 1, 0))
        if not match:
            break
        position = match.end()
        delimiter = stack.meaning(match[1].rstrip(b" \t\r"))
        if not delimiter:
            continue
        if current:
            current.end = _before(raw, current.start, match.start())
            current = None
        level, closing = delimiter
        stack.close_inside(level, match.start())
        if closing:
            continue
        parts += 1
        if parts > MAX_PARTS:
            root.problems.append(f"the mail has more than {MAX_PARTS} parts; the rest is only in the original")
            return
        current = _next(raw, match.end(), stack, root)
        position = current.start
        if _entered(current, stack, root):
            current = None
    if current or stack.depth > 1:
        root.problems.append("the mail ends in the middle of a part")


def _entered(part: Part, stack: _Stack, root: Part) -> bool:
    """Goes into a nested multipart, unless it lies too deep."""
    boundary = _named_boundary(part)
    if not boundary:
        return False
    if stack.depth >= MAX_DEPTH:
        root.problems.append(f"the mail is nested deeper than {MAX_DEPTH} parts; what is inside stays packed")
        return False
    stack.push(part, boundary)
    return True


def _next(raw: bytes, delimiter_end: int, stack: _Stack, root: Part) -> Part:
    """The part after a delimiter, added to the innermost container."""
    line_end = raw.find(b"\n", delimiter_end)
    start = len(raw) if line_end < 0 else line_end + 1
    block = read_block(raw, start, MAX_PART_BLOCK, stack.lines)
    default = "message/rfc822" if stack.innermost.media_type == "multipart/digest" else "text/plain"
    part = _part(raw, block.headers, block.body, default)
    root.problems.extend(problem for problem in block.problems if problem not in root.problems)
    stack.innermost.children.append(part)
    return part


def _before(raw: bytes, start: int, newline: int) -> int:
    """The end of a body before the line break that belongs to the delimiter."""
    end = newline - 1 if newline > start and raw[newline - 1 : newline] == b"\r" else newline
    return max(start, end)


def _named_boundary(part: Part) -> bytes:
    if not part.media_type.startswith("multipart/"):
        return b""
    return part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")[:_MAX_BOUNDARY]


def _charsets(root: Part) -> tuple[str, ...]:
    """Those that its parts and the words of its header name and that tell something: nearly any bytes can be read as
    Latin-1."""
    by_parts = (part.parameters.get("charset", "") for part in (root, *leaves(root)[:20]))
    by_words = (charset for name in _WITH_WORDS for charset in charsets_of_words(root.headers.first(name)))
    named = map(str.lower, chain(by_parts, by_words))
    return tuple(dict.fromkeys(name for name in named if name and not name.startswith(_TELL_NOTHING)))


def _boundary_of_mail(root: Part) -> bytes:
    """The boundary it names, or one guessed from the body when none is named or it never occurs."""
    named = _named_boundary(root)
    if not root.media_type.startswith("multipart/") or (named and b"\n--" + named in root.raw):
        return named
    guess = _GUESS.search(root.raw, max(root.start - 1, 0))
    root.problems.append("the mail is announced as several parts but doesn't say how they are separated")
    return guess[1] if guess else b""


def _part(raw: bytes, headers: Headers, start: int, default: str) -> Part:
    media_type, content = parameters(headers.first("content-type"))
    disposition, placing = parameters(headers.first("content-disposition"))
    filename = placing.get("filename") or content.get("name") or placing.get("name") or content.get("file", "")
    if not _MEDIA_TYPE.fullmatch(media_type):
        media_type = "application/octet-stream" if media_type and filename else default
    return Part(
        raw=raw,
        headers=headers,
        start=start,
        end=len(raw),
        media_type=media_type,
        parameters=content,
        disposition=disposition,
        filename=filename,
    )
