"""Header blocks and their values: names and bytes in, text, mailboxes, ids, dates and parameters out.

All functions are tolerant: they take what can be understood and never raise. Sources: RFC 5322 (syntax),
2047 (encoded words), 2231 (parameters), 6532 (raw UTF-8).
"""

import binascii
import re
from collections.abc import Container, Mapping, Set
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from channels.email.understanding.charsets import decode, decode_header, printable
from channels.email.understanding.mail import Mailbox

MAX_BLOCK = 262_144  # bytes of the main header that are read
MAX_PART_BLOCK = 65_536  # the same for a part's header
MAX_VALUE = 65_536  # bytes of one value
MAX_LINES = 5_000
_NEAR = 2_000  # bytes
_OFTEN = 300  # characters of a value that may come again, in this mail or in others
_LONGEST_NAME = 4_000  # letters: RFC 5322 §2.1.1 allows a line 998, and some write more

_FIELD = re.compile(rb"([!-9;-~]{1,%d})[ \t]*:(.*)" % _LONGEST_NAME, re.DOTALL)
_ODD_FIELD = re.compile(rb"(x-[^:]{1,200}):(.*)", re.DOTALL | re.IGNORECASE)  # with signs that no name may have
_FIELDS = re.compile(rb"^([!-9;-~]{1,%d}):([^\n]*)\n" % _LONGEST_NAME, re.MULTILINE)
_BY_MACHINES = re.compile(rb"\n(?:mime-version|message-id|received|return-path)[ \t]*:", re.IGNORECASE)
_EMPTY_LINES = re.compile(rb"(?:[ \t]*+\r?\n)++")
_ALL_BLANK = re.compile(rb"\n[ \t]+\r?(?:\n|\Z)")
_BLANK = re.compile(rb"\n[ \t]*\r?\n")
_RESUMES = re.compile(rb"\n(?:from|to|subject|date|mime-version|message-id|received|return-path)[ \t]*:", re.IGNORECASE)
_KIND = re.compile(rb"\n(?:content-type|mime-version)[ \t]*:", re.IGNORECASE)
_KNOWN = {b"from", b"to", b"subject", b"date", b"mime-version", b"message-id"}
_SAYS_KIND = ("content-type", "mime-version")
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*)(?:\?=|$)")
_ANGLE_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_BARE_ID = re.compile(r"[^\s<>,;()]{1,250}@[^\s<>,;()]{1,250}")
_PARAMETER = re.compile(r'([^\s=;"]{1,100})[ \t]*=[ \t]*("(?:[^"\\]|\\.)*(?:"|$)|[^;]*)', re.DOTALL)
_FOLD = re.compile(r"[\r\n]+[ \t]*|\t")
# Jo Doe <jo@doe.example>, "Doe, Jo" <jo@doe.example>, jo@doe.example: nothing in them needs a closer look.
_PLAIN_MAILBOX = re.compile(
    r"""(?:(?:([A-Za-z0-9][A-Za-z0-9 .-]*)|"([A-Za-z0-9][A-Za-z0-9 .,'-]*)")?[ ]?<([\w.+=-]+@[\w.-]+)>"""
    r"""|([\w.+=-]+@[\w.-]+))""",
    re.ASCII,
)
_NAMED_BARE = re.compile(r'(.*\S)\s+([^\s@"]+@[^\s@"]+)$', re.DOTALL)
_BARE_ADDRESS = re.compile(r'[^\s@<>"]+@[^\s@<>"]+')
_QUOTED_LOCAL = re.compile(r'"([^"\\]{1,64})"(@[^\s"<>@]{1,255})')  # RFC 5321 §4.1.2
_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+")
_WHOLE = -1  # the number of a parameter that isn't in sections
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?$")


class Headers:
    """A header block: the decoded values of a name in the order written; names in any case."""

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.charsets: tuple[str, ...] = ()  # that the mail names elsewhere: its raw 8-bit headers may be in them
        self._values: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._values.setdefault(name.lower(), []).append(value)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def has_any(self, names: Set[str]) -> bool:
        """Names in lower case."""
        return not names.isdisjoint(self._values)

    def raw(self, name: str) -> bytes:
        """The first value as bytes, b"" when absent."""
        return next(iter(self._values.get(name.lower(), ())), b"")

    def all(self, name: str) -> list[str]:
        """Every value, unfolded, 8-bit bytes decoded, encoded words not."""
        return [decode_header(value, self.charsets) for value in self._values.get(name.lower(), ())]

    def first(self, name: str) -> str:
        values = self._values.get(name.lower())
        return decode_header(values[0], self.charsets) if values else ""


class Block(NamedTuple):
    """A header block and where its body begins."""

    headers: Headers
    body: int
    problems: tuple[str, ...]


def read_block(raw: bytes, start: int, limit: int, ends: Container[bytes] = ()) -> Block:
    """The header block at `start`; a line of `ends` (open boundaries) ends it, as does one that is no field."""
    if block := _by_the_book(raw, start, min(len(raw), start + limit), ends):
        return block
    fields: list[tuple[str, list[bytes]]] = []
    position, stop, lines, stray = start, min(len(raw), start + limit), 0, False
    while position < stop and lines < MAX_LINES:
        line_end = _line_end(raw, position, stop)
        line = raw[position:line_end].rstrip(b"\r\n")
        if line and not line.strip() and _goes_on_below(raw, line_end, stop, fields):
            position, lines = line_end, lines + 1
            continue
        if not line.strip() or line.rstrip(b" \t") in ends:
            position = line_end if not line.strip() else position
            return Block(_headers(fields), position, _stray(stray))
        if not fields and line[:1] in b" \t" and _is_field_next(raw, position + 1, stop):
            line = line.lstrip()
        field = _FIELD.match(line)
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif field:
            fields.append((field[1].decode("ascii"), [field[2]]))
        elif line.startswith((b"From ", b">From ")) and not fields:
            pass  # an mbox separator
        elif fields and b"=" in line and fields[-1][1][-1].rstrip().endswith(b";"):
            fields[-1][1].append(b" " + line)  # a parameter that has lost its indent
            stray = True
        elif odd := _ODD_FIELD.match(line):
            fields.append((odd[1].decode("latin-1"), [odd[2]]))
            stray = True
        elif _is_field_next(raw, line_end, stop):
            stray = True
        elif found := _sender_further_on(raw, line_end, stop, fields):
            stray, line_end = True, found
        else:
            return Block(_headers(fields), position, ("the header ends without an empty line",))
        position, lines = line_end, lines + 1
    if position >= len(raw):
        return Block(_headers(fields), len(raw), _stray(stray))
    return Block(_headers(fields), _body_after(raw, position), ("the header is too long and was cut",))


def beginning(raw: bytes) -> int:
    """Where a mail's header begins: after the empty lines that saved copies begin with, unless words follow them."""
    empty = _EMPTY_LINES.match(raw, 0, _NEAR)
    return empty.end() if empty and _BY_MACHINES.search(raw, empty.end() - 1, empty.end() + _NEAR) else 0


def text_of(value: str) -> str:
    """A value as people read it: encoded words decoded (RFC 2047, broken ones too), one line, no controls."""
    value = decoded(value)
    return " ".join(printable(value.replace("\t", " ").replace("\r", " ").replace("\n", " ")).split())


def decoded(value: str) -> str:
    """The value with its encoded words decoded, its white space as it is."""
    return _decode_words(value[:MAX_VALUE]) if "=?" in value else value


def charsets_of_words(value: str) -> list[str]:
    """The charsets that its encoded words name."""
    return [word[0] for word in _ENCODED_WORD.findall(value[:MAX_VALUE])] if "=?" in value else []


def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """The mailboxes of an address list: groups, comments, routes, unquoted commas in names and quotes in any state."""
    return _often_mailboxes(value) if len(value) <= _OFTEN else _mailboxes(value[:MAX_VALUE])


def _mailboxes(value: str) -> tuple[Mailbox, ...]:
    if plain := _PLAIN_MAILBOX.fullmatch(value):
        name, quoted, angle, bare = plain.groups()
        return (Mailbox(" ".join((name or quoted or "").split()).strip("' "), angle or bare),)
    if value.count('"') % 2:
        value = value.replace('"', "")  # one that never closes would take the rest of the list
    found: list[Mailbox] = []
    name_so_far = ""
    for phrase, angle, comment in _split_list(value):
        if angle is None and len(bares := phrase.split()) > 1 and all(map(_BARE_ADDRESS.fullmatch, bares)):
            found.extend(Mailbox("", _address(bare)) for bare in bares)  # jane@a.example bob@b.example
            continue
        if angle is None and (bare := _NAMED_BARE.match(phrase)):
            phrase, angle = bare[1], bare[2]  # Jane Doe jane@doe.example
        address = _address(angle if angle is not None else phrase)
        if angle is None and "@" not in address:
            name_so_far = f"{name_so_far}, {phrase}".strip(", ")  # Doe, John <j@doe.example>
            continue
        name = f"{name_so_far}, {phrase}".strip(", ") if angle is not None else comment
        if address:
            found.append(Mailbox(text_of(name).strip("'\" "), address))
        name_so_far = ""
    return tuple(found)


_often_mailboxes = lru_cache(maxsize=256)(_mailboxes)


def message_ids(value: str) -> tuple[str, ...]:
    """Message-IDs without angle brackets, in the order written; bare ones count when none is bracketed."""
    value = value[:MAX_VALUE]
    found = _ANGLE_ID.findall(value) or _BARE_ID.findall(value)
    return tuple(dict.fromkeys(printable(each) for each in found))


def date_of(value: str) -> datetime | None:
    """Aware, or None when it can't be read; no zone or -0000 counts as UTC."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value.strip()[:200])
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            moment.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return moment
    return None


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A Content-Type or -Disposition: its lower-case value, and its parameters with RFC 2231 and 2047 undone."""
    if not value:
        return "", {}
    main, found = _often_parameters(value) if len(value) <= _OFTEN else _parameters(value)
    return main, dict(found)


def _parameters(value: str) -> tuple[str, Mapping[str, str]]:
    main, _, rest = value[:MAX_PART_BLOCK].replace("\t", " ").strip().replace(";", " ", 1).partition(" ")
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for name, quoted in _PARAMETER.findall(rest):
        section = _SECTION.match(name.lower())
        if section:
            entry = (int(section[2]) if section[2] else _WHOLE, bool(section[3]), _unquoted(quoted))
            sections.setdefault(section[1], []).append(entry)
    return main.lower(), {name: _joined(parts) for name, parts in sections.items()}


_often_parameters = lru_cache(maxsize=256)(_parameters)


# --- the block ---------------------------------------------------------------------------------------------


def _by_the_book(raw: bytes, start: int, stop: int, ends: Container[bytes]) -> Block | None:
    """A block of nothing but fields and an empty line, as most are, in a few steps; None when it may be any other."""
    newline = raw.find(b"\n", start, stop)
    line_break = b"\r\n" if newline > start and raw[newline - 1] == ord("\r") else b"\n"
    end = raw.find(line_break * 2, start, stop)
    if end <= start:
        return None
    written = raw[start:end]
    breaks = written.count(b"\n")
    if breaks >= MAX_LINES or written.count(line_break) != breaks or written.count(b"\r") not in (0, breaks):
        return None
    if written[:1] in b" \t" or _ALL_BLANK.search(written):
        return None
    if ends and (written.startswith(b"--") or b"\n--" in written):
        return None  # a boundary may look like a field
    unfolded = written.replace(line_break + b" ", b" ").replace(line_break + b"\t", b"\t") + b"\n"
    found = _FIELDS.findall(unfolded)
    if sum(map(len, chain.from_iterable(found))) + 2 * len(found) != len(unfolded):
        return None  # a line is no field
    fields = [(name.decode("ascii"), value.strip()[:MAX_VALUE]) for name, value in found]
    return Block(Headers(fields), end + 2 * len(line_break), ())


def _line_end(raw: bytes, position: int, stop: int) -> int:
    newline = raw.find(b"\n", position, stop)
    return stop if newline < 0 else newline + 1


def _headers(fields: list[tuple[str, list[bytes]]]) -> Headers:
    return Headers([(name, b"".join(lines).strip()[:MAX_VALUE]) for name, lines in fields])


def _stray(stray: bool) -> tuple[str, ...]:
    return ("the header has lines that are no header fields",) if stray else ()


def _is_field_next(raw: bytes, position: int, stop: int) -> bool:
    line = raw[position : _line_end(raw, position, min(stop, position + _LONGEST_NAME))]
    field = _FIELD.match(line)
    name = field[1].lower() if field else b""
    return name in _KNOWN or name.startswith(b"content-")


def _goes_on_below(raw: bytes, position: int, stop: int, fields: list[tuple[str, list[bytes]]]) -> bool:
    """Does a line of white space alone stand amid the header (RFC 5322 §4.2)? So it does when a field follows below it
    that has not come yet; else it is an empty line whose writer slipped."""
    near = min(stop, position + _NEAR)
    while position < near and raw[position : position + 1] in (b" ", b"\t"):
        position = _line_end(raw, position, stop)
    if not _is_field_next(raw, position, stop):
        return False
    name = raw[position : position + 200].partition(b":")[0].strip().lower().decode("ascii", "replace")
    return all(name != each.lower() for each, _ in fields)


def _sender_further_on(raw: bytes, position: int, stop: int, fields: list[tuple[str, list[bytes]]]) -> int:
    """Where a header goes on after lines that are no fields, as scanners write them; 0 when it doesn't.

    Only while no From has come, or nothing that says what the body is: a mail whose header lacks its empty line has
    had both.
    """
    known = {name.lower() for name, _ in fields}
    blank = _BLANK.search(raw, position - 1, stop)
    resumes = _RESUMES if "from" not in known else _KIND if blank and known.isdisjoint(_SAYS_KIND) else None
    found = resumes.search(raw, position - 1, blank.start() + 1 if blank else stop) if resumes else None
    return found.start() + 1 if found else 0


def _body_after(raw: bytes, position: int) -> int:
    ends = [found + len(blank) for blank in (b"\n\r\n", b"\n\n") if (found := raw.find(blank, position - 1)) >= 0]
    return min(ends, default=len(raw))


# --- encoded words -----------------------------------------------------------------------------------------


def _decode_words(value: str) -> str:
    """Neighbours of one charset are joined before decoding: senders split inside a character."""
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None
    end = 0
    for word in _ENCODED_WORD.finditer(value):
        between = value[end : word.start()]
        charset = word[1].partition("*")[0].lower()
        octets = _word_bytes(word[2], word[3])
        if pending and not between.strip() and pending[0] == charset:
            pending = (charset, pending[1] + octets)
        else:
            _flush(pieces, pending)
            if between.strip() or not pending:
                pieces.append(between)
            pending = (charset, octets)
        end = word.end()
    _flush(pieces, pending)
    return "".join(pieces) + value[end:]


def _flush(pieces: list[str], pending: tuple[str, bytes] | None) -> None:
    if pending:
        pieces.append(decode(pending[1], pending[0])[0])


def _word_bytes(encoding: str, encoded: str) -> bytes:
    if encoding in "Qq":
        return binascii.a2b_qp(encoded.encode("utf-8", "replace"), header=True)
    return base64_octets(encoded.encode("ascii", "ignore"))[0]


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))


def base64_octets(encoded: bytes) -> tuple[bytes, bool]:
    """What can be decoded, and whether it was whole: stray characters are skipped, missing padding is added."""
    kept = encoded.translate(None, _NOT_BASE64)
    try:
        return binascii.a2b_base64(kept), True
    except binascii.Error:
        digits = kept.replace(b"=", b"")
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)), False


# --- addresses ---------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r'"[^"\\]{1,64}"@[^\s"<>(),;:@]{1,255}'  # "jane doe"@citizen.example is an address, and so one piece
    r'|"(?:[^"\\]|\\.)*(?:"|\\?$)|<[^<>]*(?:>|$)|[(),;:]|[^"<(),;:\\]+|\\.|.',
    re.DOTALL,
)
_COMMENT = re.compile(r"\([^()]{0,500}\)")


def _split_list(value: str) -> list[tuple[str, str | None, str]]:
    """(phrase, inside of the angle brackets or None, comment) of each member of the list."""
    members: list[tuple[str, str | None, str]] = []
    phrase, angle, comment, depth, named = "", None, "", 0, 0  # the last: letters of the phrase before the angle
    for piece in _TOKEN.findall(value):
        if piece == "(":
            depth += 1
        elif piece == ")" and depth:
            depth -= 1
        elif depth:
            comment += piece.removeprefix("\\")
        elif piece in ",;":
            members.append((phrase.strip(), angle, comment.strip()))
            phrase, angle, comment = "", None, ""
        elif piece == ":" and angle is None and "@" not in phrase and not phrase.lower().endswith("mailto"):
            phrase = ""  # the name of a group
        elif piece.startswith("<"):
            if angle:  # a second one, where a comma is missing
                members.append((phrase[:named].strip(), angle, comment.strip()))
                phrase, comment = phrase[named:], ""
            angle, named = piece[1:].removesuffix(">"), len(phrase)
        else:
            phrase += _unquoted(piece) if piece.startswith('"') and len(piece) > 1 and '"@' not in piece else piece
    members.append((phrase.strip(), angle, comment.strip()))
    return [member for member in members if member[0] or member[1] is not None]


def _address(written: str) -> str:
    """Without white space, comments, a mailto:, an obsolete route (`@a,@b:c@d`), quotes around the whole and words
    before it."""
    written = _COMMENT.sub("", written).strip()
    if quoted := _QUOTED_LOCAL.fullmatch(written):
        return printable(f"{quoted[1]}{quoted[2]}" if _ATOM.fullmatch(quoted[1]) else written)
    words = written.split()
    if len(words) > 1 and _BARE_ADDRESS.fullmatch(words[-1]) and not words[-2].endswith((".", "@", ":", ",")):
        words = words[-1:]
    address = printable("".join(words)).strip("'\"<>")
    if address.startswith("@") and ":" in address:
        address = address.rpartition(":")[2]
    return address[7:] if address.lower().startswith("mailto:") else address


# --- parameters --------------------------------------------------------------------------------------------


def _unquoted(value: str) -> str:
    value = value.strip()
    if not value.startswith('"'):
        return value
    inner = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: the numbered sections in order, the percent-encoded ones through the first one's charset. A plain value
    beside them is for old programs."""
    numbered = sorted((part for part in parts if part[0] != _WHOLE), key=lambda part: part[0])
    parts = numbered or sorted(parts, key=lambda part: part[1])[-1:]
    if not any(extended for _, extended, _ in parts):
        return _file_name(decoded("".join(value for _, _, value in parts)))
    charset = ""
    octets = b""
    for index, (_, extended, value) in enumerate(parts):
        if index == 0 and extended and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        octets += unquote_to_bytes(value) if extended else value.encode("utf-8", "replace")
    return _file_name(decoded(decode(octets, charset)[0]))


def _file_name(text: str) -> str:
    """In one line; two spaces stay two, since they belong to a name."""
    return printable(_FOLD.sub(" ", text)).strip()
