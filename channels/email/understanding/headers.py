"""The values of header fields: text, mailboxes, ids, dates and parameters.

All functions are tolerant: they take what can be understood and never raise. Sources: RFC 5322 (syntax),
2047 (encoded words), 2231 (parameters), 6532 (raw UTF-8).
"""

import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from channels.email.understanding.blocks import MAX_PART_BLOCK, MAX_VALUE
from channels.email.understanding.charsets import decode, printable
from channels.email.understanding.mail import Mailbox

_OFTEN = 300  # characters of a value that may come again, in this mail or in others
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
