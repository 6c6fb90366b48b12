"""Bytes to text when the named charset is wrong, unknown, missing or a lie.

The names browsers accept come from the WHATWG Encoding Standard, as does reading Latin-1 as Windows-1252.
"""

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache

_JAPANESE = "iso2022_jp_ext"
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso2022_jp": _JAPANESE,
}
_ALIASES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "ks_c_5601-1987": "cp949",
    "macintosh": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "windows-874": "cp874",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
}
# Python's codecs that no mail means, two of which take quadratic time.
_NOT_FOR_MAIL = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_UNTRUSTED = {"cp1252", ""}  # what software writes when it doesn't know
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_RUSSIAN = {  # a word's first letter may be a capital
    "koi8-r": re.compile(rb"[\xb3\xe0-\xff]?[\xa3\xc0-\xdf]*"),
    "cp1251": re.compile(rb"[\xa8\xc0-\xdf]?[\xb8\xe0-\xff]*"),
}
# characters of UTF-8, or a byte that is none
_CHARACTERS = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})++|([\x80-\xff])"
)
_WESTERN = re.compile(rb"\xc3[\x80-\xbf]")  # an accented letter in UTF-8
_JIS_RUN = re.compile(rb"\x1b\$[@B]([!-~]*)(?:\x1b\([BJ])?")
_SHIFT_JIS = re.compile(rb"(?:[\x81-\x9f\xe0-\xfc][@-~\x80-\xfc]){2}")
_MOST_RUNS = 100_000  # of one charset's letters between another's: each costs microseconds
_SELDOM = 20  # times as often right: a letter or two may be damaged
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


@lru_cache(maxsize=512)
def codec_named(charset: str) -> str:
    """Python's codec for a charset as mails write it; "" when it is unknown."""
    name = charset.strip().strip("\"'").lower()
    try:
        codec = codecs.lookup(_ALIASES.get(name, name))
        "".encode(codec.name)  # refuses codecs that don't make text
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if codec.name in _NOT_FOR_MAIL else _SUPERSETS.get(codec.name, codec.name)


def decode(octets: bytes, charset: str, elsewhere: Iterable[str] = ()) -> tuple[str, str]:
    """The text, and "" or what was wrong with the charset. Never raises. `elsewhere`: the charsets that the mail names
    at other places, which may hold where none is named."""
    codec = codec_named(charset)
    problem = f"the charset {printable(charset)[:40]!r} is unknown" if charset and not codec else ""
    if octets.isascii() and codec in _UNTRUSTED and b"\x1b$" not in octets:
        return octets.decode("ascii"), problem
    for candidate in _candidates(octets, codec, () if charset else elsewhere):
        try:
            text = _strictly(octets, candidate)
        except (UnicodeError, ValueError, OverflowError):
            continue
        return text, problem or _lie(charset, codec, candidate)
    return _forced(octets), problem or f"the text isn't in the charset {printable(charset)[:40]!r} that it names"


def decode_header(octets: bytes, charsets: Iterable[str] = ()) -> str:
    """Raw header bytes: ASCII, UTF-8 (RFC 6532), one of the charsets that the mail names, else what they look like."""
    return octets.decode("ascii") if octets.isascii() and b"\x1b$" not in octets else decode(octets, "", charsets)[0]


def printable(text: str) -> str:
    """Without control characters, lone surrogates and byte order marks, which databases and terminals refuse."""
    return _CONTROLS.sub("", text.replace("\0", ""))


def _strictly(octets: bytes, codec: str) -> str:
    """Raises UnicodeError."""
    if codec == "cp1252" and _WESTERN.search(octets):
        return _of_both(octets)
    try:
        return octets.decode(codec)
    except UnicodeError:
        if codec == _JAPANESE:
            return _of_windows(octets)
        raise


def _of_both(octets: bytes) -> str:
    """UTF-8 with letters of Windows-1252 between: a server has added its disclaimer to somebody's mail."""
    return _CHARACTERS.sub(_in_utf8, octets, _MOST_RUNS).decode("utf-8", "replace")


def _in_utf8(characters: re.Match[bytes]) -> bytes:
    return characters[1].decode("cp1252", "replace").encode() if characters[1] else characters[0]


def _of_windows(octets: bytes) -> str:
    """ISO-2022-JP with the characters that Windows adds to it (the WHATWG index jis0208), or Shift_JIS. Raises
    UnicodeError, also where no two Japanese characters stand together."""
    shifted = _JIS_RUN.sub(_in_shift_jis, octets, _MOST_RUNS)
    if not _SHIFT_JIS.search(shifted):
        raise UnicodeError("no Shift_JIS")
    return shifted.decode("cp932")


def _in_shift_jis(run: re.Match[bytes]) -> bytes:
    """JIS X 0208 in seven bits, rows and cells from 0x21, as JIS X 0208 Annex 1 shifts them."""
    shifted = bytearray()
    for row, cell in zip(run[1][::2], run[1][1::2], strict=False):
        shifted.append((row + 1) // 2 + (0x70 if row < 0x5F else 0xB0))
        shifted.append(cell + 0x7E if row % 2 == 0 else cell + 0x1F + (cell >= 0x60))
    return bytes(shifted)


def _candidates(octets: bytes, codec: str, elsewhere: Iterable[str]) -> list[str]:
    if octets.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if codec in _UNTRUSTED:
        japanese = [_JAPANESE] if b"\x1b$" in octets[:4096] else []
        named = filter(None, map(codec_named, elsewhere))
        asian = [] if codec else _asian(octets)
        return [*japanese, "utf-8", *named, *_russian(octets), *asian, codec or "cp1252"]
    if not octets.isascii() and _has_byte_per_letter(codec):
        return ["utf-8", codec]  # such a codec takes any bytes, UTF-8 doesn't
    return [codec, "utf-8"]


@lru_cache(maxsize=64)
def _has_byte_per_letter(codec: str) -> bool:
    return len(bytes(range(0x80, 0x100)).decode(codec, "replace")) == 0x80


def _russian(octets: bytes) -> list[str]:
    """The codec in which the letters make words of small Russian letters: Latin words don't have four such in a row."""
    runs = _HIGH_RUN.findall(octets[:20_000])
    if sum(map(len, runs)) >= 8 and max(map(len, runs)) >= 4:
        for codec, word in _RUSSIAN.items():
            if all(map(word.fullmatch, runs)):
                return [codec]
    return []


def _asian(octets: bytes) -> list[str]:
    """EUC-JP and GB 2312 that nobody names, as old programs send them: characters of two high bytes each and hardly
    anything odd between them, many of them kana (0xA4, 0xA5), or most of them common Chinese ones (0xB0–0xD7). In words
    of other alphabets the high bytes stand alone, or their count is odd as often as even."""
    runs = _HIGH_RUN.findall(octets[:20_000])
    if not runs or max(map(len, runs)) < 4 or sum(len(run) % 2 for run in runs[:-1]) * _SELDOM > len(runs):
        return []
    first_bytes = b"".join(run[: len(run) & ~1] for run in runs)[::2]
    kana = sum(byte in (0xA4, 0xA5) for byte in first_bytes)
    common = sum(0xB0 <= byte <= 0xD7 for byte in first_bytes)
    strange = sum(not 0xA1 <= byte <= 0xF7 for byte in first_bytes)
    if strange * _SELDOM > len(first_bytes):
        return []
    if kana * 4 > len(first_bytes):
        return ["euc_jp"]
    letters = sum(byte >= 0xC0 for run in runs for byte in run)  # of Latin-1: what is below makes rules and bullets
    return ["gb18030"] if common * 2 > len(first_bytes) and letters * 2 > len(first_bytes) else []


def _lie(charset: str, codec: str, used: str) -> str:
    if not charset or used == codec or used in ("utf-8-sig", "utf-16"):
        return ""
    return f"the text names the charset {printable(charset)[:40]!r} but is in {used}"


def _forced(octets: bytes) -> str:
    """Damaged UTF-8 keeps its whole characters; anything else is read as Windows-1252, where that has no such letters
    as Shift_JIS, then as Windows-1252 without them."""
    text = octets.decode("utf-8", "replace")
    whole = sum(1 for character in text[:20_000] if character > "\x7f" and character != "\ufffd")
    if whole > text[:20_000].count("\ufffd"):
        return _of_both(octets) if _WESTERN.search(octets) else text
    for codec in _asian(octets):
        return octets.decode(codec, "replace")
    for codec in ("cp1252", _JAPANESE):
        try:
            return _strictly(octets, codec)
        except UnicodeError:
            continue
    return octets.decode("cp1252", "ignore")
