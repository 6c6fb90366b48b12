"""Speaks the demo's voicemails (hub/demo/traffic.toml) into hub/demo/voicemails, by espeak-ng: they are committed.

Needed only when their words change. The files are as a telephone line gives them: 8 kHz, mono, 16 bits.
"""

import array
import io
import itertools
import shutil
import subprocess
import sys
import tomllib
import wave
from collections.abc import Sequence
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "hub/demo"
RATE = 8_000  # Hz
VOICES = ("en-gb+f3", "en-gb+m3", "en-gb+f2", "en-gb+m7", "en-gb+f5")


def main() -> None:
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        sys.exit("espeak-ng is missing: install it (on Debian and Ubuntu: apt-get install espeak-ng)")
    messages = tomllib.loads((DEMO / "traffic.toml").read_text(encoding="utf-8"))["message"]
    spoken = [message for message in messages if "sound" in message]
    for message, voice in zip(spoken, itertools.cycle(VOICES), strict=False):
        command = [espeak, "--stdout", "-v", voice, "-s", "165", "-g", "4", message["transcript"]]
        loud = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 - the demo's own words
        target = DEMO / "voicemails" / message["sound"]
        target.write_bytes(on_the_line(loud))
        print(f"{target.name}: {seconds(target)} seconds")


def on_the_line(sound: bytes) -> bytes:
    """A mono WAV of 16 bits, brought down to the telephone's rate."""
    with wave.open(io.BytesIO(sound)) as heard:
        rate, frames = heard.getframerate(), array.array("h", heard.readframes(heard.getnframes()))
    step = rate / RATE
    places = range(int(len(frames) / step))
    thinned = array.array("h", (_mean(frames, int(n * step), int((n + 1) * step)) for n in places))
    file = io.BytesIO()
    with wave.open(file, "wb") as line:
        line.setparams((1, 2, RATE, 0, "NONE", ""))
        line.writeframes(thinned.tobytes())
    return file.getvalue()


def _mean(frames: Sequence[int], start: int, end: int) -> int:
    part = frames[start : max(end, start + 1)]
    return sum(part) // len(part)


def seconds(path: Path) -> int:
    with wave.open(str(path)) as sound:
        length: int = round(sound.getnframes() / sound.getframerate())
        return length


if __name__ == "__main__":
    main()
