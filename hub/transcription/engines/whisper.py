"""Whisper by faster-whisper: good words in many languages, on a processor. Its model is a folder of CTranslate2's.

Source: https://github.com/SYSTRAN/faster-whisper
"""

from pathlib import Path

from hub.transcription import Engine, TranscriptionError


class Whisper:
    def transcribe(self, recording: Path, model: str, language: str) -> str:
        try:
            from faster_whisper import WhisperModel
        except ImportError:
            raise TranscriptionError(
                "faster-whisper isn't installed: pip install 'citizen-contact-hub[whisper]'."
            ) from None
        if not (Path(model) / "model.bin").is_file():
            raise TranscriptionError("No Whisper model stands in the folder that HUB_TRANSCRIBER names.")
        whisper = WhisperModel(model, device="cpu", compute_type="int8", local_files_only=True)
        spoken = language.partition("-")[0].lower()
        known = spoken if spoken in whisper.supported_languages else None
        segments, _ = whisper.transcribe(str(recording), language=known, vad_filter=True)
        return " ".join(segment.text.strip() for segment in segments)


engine: Engine = Whisper()
