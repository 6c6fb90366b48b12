"""PocketSphinx, whose package brings a small English model along: it shows that drafting works, and little more.

On telephone sound most of its words are wrong. Source: https://pocketsphinx.readthedocs.io
"""

import array
import wave
from pathlib import Path

from hub.transcription import Engine, TranscriptionError

_RATE = 16_000  # Hz, of its model


class Sphinx:
    def transcribe(self, recording: Path, model: str, language: str) -> str:
        try:
            from pocketsphinx import Decoder
        except ImportError:
            raise TranscriptionError(
                "pocketsphinx isn't installed: pip install 'citizen-contact-hub[sphinx]'."
            ) from None
        if language and language.partition("-")[0].lower() != "en":
            raise TranscriptionError("PocketSphinx's own model knows English only.")
        decoder = Decoder(hmm=model) if model else Decoder()
        decoder.start_utt()
        decoder.process_raw(_frames(recording), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return str(found.hypstr) if found else ""


def _frames(recording: Path) -> bytes:
    """16 bits, mono, at the model's rate. Raises TranscriptionError."""
    try:
        with wave.open(str(recording)) as sound:
            rate, channels, width = sound.getframerate(), sound.getnchannels(), sound.getsampwidth()
            samples = array.array("h", sound.readframes(sound.getnframes())[: sound.getnframes() * 2 * channels])
    except (wave.Error, EOFError, ValueError):
        raise TranscriptionError("The recording isn't a WAV that can be read.") from None
    if width != 2:
        raise TranscriptionError("The recording isn't a WAV of 16 bits.")
    mono = samples[::channels]
    last = len(mono) - 1
    places = (min(last, n * rate // _RATE) for n in range(len(mono) * _RATE // rate))
    return array.array("h", (mono[place] for place in places)).tobytes()


engine: Engine = Sphinx()
