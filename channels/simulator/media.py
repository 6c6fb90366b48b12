"""The recordings that pretend citizens leave, and the picture that they send unless they choose one, made by code."""

import io
import math
import struct
import wave
import zlib
from functools import cache, lru_cache

from channels.simulator.town import Picture

LONGEST_RECORDING = 60  # seconds
_LETTERS_A_SECOND = 14  # of speech
_RATE = 8_000  # Hz: telephone quality
_WIDTH, _HEIGHT = 240, 160  # pixels


def seconds_of(words: str) -> int:
    """How long these words take to say: from 1 to LONGEST_RECORDING."""
    return min(LONGEST_RECORDING, 1 + len(words) // _LETTERS_A_SECOND)


@lru_cache(maxsize=8)
def recording(seconds: int) -> bytes:
    """A WAV: 8 kHz, mono, 16 bits, so many seconds of a soft tone that rises and falls like speech."""
    tones = [0.0] * (_RATE * seconds)
    turn = 0.0
    for n in range(len(tones)):
        turn += (220 + 60 * math.sin(2 * math.pi * n / _RATE * 1.3)) / _RATE
        loudness = max(0.0, math.sin(2 * math.pi * n / _RATE * 2.1))
        tones[n] = loudness * math.sin(2 * math.pi * turn)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(b"".join(struct.pack("<h", int(6_000 * tone)) for tone in tones))
    return file.getvalue()


@cache
def picture() -> Picture:
    """A PNG of 240 by 160 pixels: a grey road with a dark hole in it."""
    rows = b"".join(b"\0" + bytes(_grey(x, y) for x in range(_WIDTH)) for y in range(_HEIGHT))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return Picture("image/png", b"\x89PNG\r\n\x1a\n" + chunks)


def _grey(x: int, y: int) -> int:
    """Kerb above, a white line below, asphalt between them, and the hole with its shaded rim."""
    if y < 28:
        return 205 - (y > 24) * 70
    if 128 < y < 138 and x % 90 < 60:
        return 235
    hole = ((x - 118) / 48) ** 2 + ((y - 82) / 24) ** 2 + ((x * 5 + y * 3) % 17) / 90
    asphalt = 132 + (x * 7 + y * 13 + x * y) % 23
    return 35 + (x + y) % 9 if hole < 0.8 else 80 + (x * y) % 15 if hole < 1.1 else asphalt


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
