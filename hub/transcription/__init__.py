"""Words of recordings, drafted by a machine of the council's own: nothing is sent to anybody.

An engine is one file in hub/transcription/engines that ends in `engine: Engine = …`, and is named as its file is. It
runs in a process of its own (`python -m hub.transcription`), so that its memory, its threads and its crashes are no
matter of the hub's.
"""

import asyncio
import importlib
import json
import os
import pkgutil
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from hub.transcription import engines

SECONDS = 1200.0  # for one recording; a slow machine takes as long as the recording lasts
_NICE = 10  # calls and pages go first


class TranscriptionError(Exception):
    """Nothing was drafted; the text says in plain words why, and holds none of the citizen's."""


class Engine(Protocol):
    """Raises TranscriptionError where its library or its model is missing, or the language isn't known to it."""

    def transcribe(self, recording: Path, model: str, language: str) -> str:
        """What is said in this WAV, "" = nothing was understood.

        model: a folder, "" = the engine's own. language: BCP 47, "" = it shall find out.
        """
        ...


def engine_names() -> tuple[str, ...]:
    return tuple(sorted(found.name for found in pkgutil.iter_modules(engines.__path__)))


def engine_named(name: str) -> Engine:
    """Raises TranscriptionError."""
    if name not in engine_names():
        raise TranscriptionError(f"There is no transcriber {name}; there are {', '.join(engine_names())}.")
    found: Engine = importlib.import_module(f"{engines.__name__}.{name}").engine
    return found


async def drafted(transcriber: str, content: bytes, language: str, seconds: float = SECONDS) -> str:
    """The words of this recording. transcriber: ENGINE or ENGINE:FOLDER. Raises TranscriptionError."""
    engine, _, model = transcriber.partition(":")
    with tempfile.NamedTemporaryFile(suffix=".wav") as recording:
        recording.write(content)
        recording.flush()
        words = [sys.executable, "-m", "hub.transcription", engine, model, language, recording.name]
        return _understood(await _said(words, seconds))


async def _said(command: list[str], seconds: float) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # libraries write there what they like
        preexec_fn=lambda: os.nice(_NICE),
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    except TimeoutError:
        raise TranscriptionError("It took too long. Use a smaller model, or a faster machine.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output


def _understood(output: bytes) -> str:
    try:
        told = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        raise TranscriptionError("The transcriber broke down. Has the machine enough memory for its model?") from None
    if "error" in told:
        raise TranscriptionError(str(told["error"]))
    return str(told["words"])
