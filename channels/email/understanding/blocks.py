"""Header blocks: where one begins and ends, and its fields as bytes, whatever stands between them (RFC 5322 §2.2)."""

import re
from collections.abc import Container, Set
from itertools import chain
from typing import NamedTuple

from channels.email.understanding.charsets import decode_header

MAX_BLOCK = 262_144  # bytes of the main header that are read
MAX_PART_BLOCK = 65_536  # the same for a part's header
MAX_VALUE = 65_536  # bytes of one value
MAX_LINES = 5_000
_NEAR = 2_000  # bytes
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
