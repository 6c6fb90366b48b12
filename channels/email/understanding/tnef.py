"""Outlook's own format, winmail.dat (MS-OXTNEF), read in one pass over its bytes: files, their names, and the words.

The library for it takes no end on hostile bytes (18 MB of zeros), so that no mail may reach it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_SIGNATURE = 0x223E9F78
_RENDERING, _TITLE, _OCTETS, _FILE_PROPERTIES = 0x69002, 0x18010, 0x6800F, 0x69005
_BODY, _PROPERTIES = 0x2800C, 0x69003
_MAX_ATTRIBUTES = 20_000
_MAX_PROPERTIES = 5_000
_LONG_NAME, _FILE_NAME, _CONTENT, _TEXT, _HTML = 0x3707, 0x3704, 0x3701, 0x1000, 0x1013  # MS-OXPROPS
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}  # of fixed types, in bytes, padded
_OBJECT, _NARROW, _WIDE = 0x0D, 0x1E, 0x1F
_INTERFACE = 16  # bytes that stand before an object's content


@dataclass
class Packed:
    """What is inside; `files` are (name, content)."""

    files: list[tuple[bytes | str, bytes]] = field(default_factory=list)
    text: bytes | str = b""
    html: bytes | str = b""


def unpacked(packed: bytes) -> Packed | None:
    """None when it isn't this format; else what can be read up to the first damage."""
    if len(packed) < 6 or struct.unpack_from("<I", packed)[0] != _SIGNATURE:
        return None
    found = Packed()
    name: bytes | str = b""
    content = b""
    for attribute, value in _attributes(packed):
        if attribute == _RENDERING:  # a file begins
            _keep(found, name, content)
            name, content = b"", b""
        elif attribute == _TITLE:
            name = name or value.rstrip(b"\0")
        elif attribute == _OCTETS:
            content = value
        elif attribute == _FILE_PROPERTIES:
            known = dict(_properties(value))
            name = known.get(_LONG_NAME) or name or known.get(_FILE_NAME) or b""
            held = known.get(_CONTENT, b"")
            content = content or (held if isinstance(held, bytes) else b"")
        elif attribute == _BODY:
            found.text = value.rstrip(b"\0")
        elif attribute == _PROPERTIES:
            known = dict(_properties(value))
            found.text, found.html = found.text or known.get(_TEXT, b""), known.get(_HTML, b"")
    _keep(found, name, content)
    return found


def _keep(found: Packed, name: bytes | str, content: bytes) -> None:
    if content:
        found.files.append((name, content))


def _attributes(packed: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, value) of each, as long as they make sense."""
    position = 6
    for _ in range(_MAX_ATTRIBUTES):
        if position + 9 > len(packed) or packed[position] not in (1, 2):
            return
        _, attribute, length = struct.unpack_from("<BII", packed, position)
        position += 9
        if position + length > len(packed):
            return
        yield attribute, packed[position : position + length]
        position += length + 2  # a checksum


def _properties(value: bytes) -> Iterator[tuple[int, bytes | str]]:
    """(id, first value) of those that hold bytes or text; the others are stepped over. Stops at damage."""
    try:
        position = 4
        for _ in range(min(struct.unpack_from("<I", value)[0], _MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", value, position)
            position = _after_name(value, position + 4, name)
            size = _SIZES.get(kind & 0xFFF)
            if size:
                count = struct.unpack_from("<I", value, position)[0] if kind & 0x1000 else 1
                position += count * size + (4 if kind & 0x1000 else 0)
                continue
            count = struct.unpack_from("<I", value, position)[0]
            position += 4
            for index in range(min(count, _MAX_PROPERTIES)):
                length = struct.unpack_from("<I", value, position)[0]
                if not index:
                    yield name, _read(value[position + 4 : position + 4 + length], kind & 0xFFF)
                position += 4 + length + -length % 4
    except struct.error:
        return


def _after_name(value: bytes, position: int, name: int) -> int:
    """Properties from 0x8000 on carry a GUID, and a number or a name of their own."""
    if name < 0x8000:
        return position
    length = struct.unpack_from("<I", value, position + 20)[0]
    named = struct.unpack_from("<I", value, position + 16)[0]
    return position + 24 + (length + -length % 4 if named else 0)


def _read(value: bytes, kind: int) -> bytes | str:
    if kind == _WIDE:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    if kind == _NARROW:
        return value.rstrip(b"\0")
    return value[_INTERFACE:] if kind == _OBJECT else value
