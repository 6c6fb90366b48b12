"""`python -m hub.transcription ENGINE MODEL LANGUAGE FILE`: one line of JSON, {"words": …} or {"error": …}."""

import json
import sys
from pathlib import Path

from hub.transcription import TranscriptionError, engine_named


def main(name: str, model: str, language: str, recording: str) -> None:
    try:
        told = {"words": engine_named(name).transcribe(Path(recording), model, language).strip()}
    except TranscriptionError as error:
        told = {"error": str(error)}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:5])
