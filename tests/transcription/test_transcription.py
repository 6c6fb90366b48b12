"""Words of recordings, drafted by a real engine in a process of its own."""

import sys
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.settings import load
from hub.transcription import TranscriptionError, drafted, engine_named, engine_names

WAV = Path(__file__).with_name("one-two-three.wav")


async def test_a_recording_is_written_down_by_a_real_engine() -> None:
    assert "one two three" in await drafted("sphinx", WAV.read_bytes(), "en-GB")


@pytest.mark.parametrize(
    ("engine", "model", "language", "sound", "why"),
    [
        ("sphinx", "", "cy", WAV.name, "knows English only"),
        ("sphinx", "", "en", Path(__file__).name, "isn't a WAV that can be read"),
        ("whisper", "/no/such/folder", "en", WAV.name, "isn't installed|No Whisper model stands"),
        ("nobody", "", "en", WAV.name, "There is no transcriber nobody; there are sphinx, whisper"),
    ],
)
def test_what_an_engine_cannot_do_is_said(engine: str, model: str, language: str, sound: str, why: str) -> None:
    with pytest.raises(TranscriptionError, match=why):
        engine_named(engine).transcribe(WAV.with_name(sound), model, language)


async def test_what_goes_wrong_in_its_process_comes_back_in_words() -> None:
    with pytest.raises(TranscriptionError, match="There is no transcriber nobody"):
        await drafted("nobody", b"", "en")
    with pytest.raises(TranscriptionError, match="took too long"):
        await drafted("sphinx", WAV.read_bytes(), "en", seconds=0.01)


async def test_a_process_that_dies_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(TranscriptionError, match="broke down"):
        await drafted("sphinx", b"", "en")


def test_the_setting_names_an_engine_that_there_is(tmp_path: Path) -> None:
    assert engine_names() == ("sphinx", "whisper")
    assert load(data_dir=tmp_path, transcriber="whisper:/srv/model").transcriber == "whisper:/srv/model"
    with pytest.raises(Invalid, match="must be one of sphinx, whisper"):
        load(data_dir=tmp_path, transcriber="parrot")
