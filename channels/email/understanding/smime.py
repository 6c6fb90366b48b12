"""A signature that holds what it signs (S/MIME, RFC 8551 §3.5.2; CMS, RFC 5652 §5): unpacked, not checked.

Mail programs write it in BER, in pieces whose length isn't told beforehand, which libraries for DER refuse.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_SIGNED = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_SEQUENCE, _EXPLICIT, _OCTETS, _PIECES = 0x30, 0xA0, 0x04, 0x24
_ENCAPSULATED = 2  # its place in SignedData, behind the version and the digest algorithms
_MAX_ELEMENTS = 100_000
_MAX_DEPTH = 20


class _Element(NamedTuple):
    """`start` and `end`: the place of its content; `after`: of what comes next."""

    tag: int
    start: int
    end: int
    after: int


class _DamagedError(Exception):
    pass


def signed_content(packed: bytes) -> bytes | None:
    """None when it is no signature, is damaged, or lies beside what it signs."""
    reader = _Reader(packed)
    try:
        kind, holder = islice(reader.children(reader.element(0), _SEQUENCE), 2)
        if packed[kind.start : kind.end] != _SIGNED:
            return None
        signed = reader.only(holder, _EXPLICIT)
        encapsulated = next(islice(reader.children(signed, _SEQUENCE), _ENCAPSULATED, None))
        held = next(islice(reader.children(encapsulated, _SEQUENCE), 1, None))
        return reader.octets(reader.only(held, _EXPLICIT))
    except (_DamagedError, IndexError, ValueError, StopIteration):
        return None


class _Reader:
    """Elements of BER (X.690 §8.1), as many as a mail needs."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._left = _MAX_ELEMENTS

    def element(self, at: int, depth: int = 0) -> _Element:
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            raise _DamagedError
        tag, first, start = self._packed[at], self._packed[at + 1], at + 2
        if first == 0x80:
            end = start
            while self._packed[end : end + 2] != b"\0\0":
                end = self.element(end, depth + 1).after
            return _Element(tag, start, end, end + 2)
        if first > 0x80:
            start += first & 0x7F
            first = int.from_bytes(self._packed[at + 2 : start], "big")
        end = start + first
        if end > len(self._packed):
            raise _DamagedError
        return _Element(tag, start, end, end)

    def children(self, parent: _Element, tag: int) -> Iterator[_Element]:
        if parent.tag != tag:
            raise _DamagedError
        at = parent.start
        while at < parent.end:
            child = self.element(at)
            yield child
            at = child.after

    def only(self, parent: _Element, tag: int) -> _Element:
        return next(self.children(parent, tag))

    def octets(self, element: _Element, depth: int = 0) -> bytes:
        """In one piece, or in several."""
        if element.tag == _OCTETS:
            return self._packed[element.start : element.end]
        if depth > _MAX_DEPTH:
            raise _DamagedError
        return b"".join(self.octets(piece, depth + 1) for piece in self.children(element, _PIECES))
