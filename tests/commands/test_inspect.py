"""hub inspect needs no council, no database, and answers in JSON lines."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import ROOT, Run

MAIL = "From: Ann <ann@example.org>\r\nSubject: Bäume\r\n\r\nHello \u2028 there\r\n".encode()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("hello", {"encoding": "gsm-7", "units": 5, "parts": 1}),
        ("ÿ" * 71, {"encoding": "ucs-2", "units": 71, "parts": 2}),
        ("", {"encoding": "gsm-7", "units": 0, "parts": 0}),
    ],
)
def test_a_text_is_measured(bare_hub: Run, text: str, answer: dict[str, object]) -> None:
    ended = bare_hub("inspect", "sms", text)
    assert (ended.code, json.loads(ended.out), ended.err) == (0, answer, "")


def test_texts_are_measured_one_a_line(bare_hub: Run) -> None:
    ended = bare_hub("inspect", "sms", "-", stdin='"a"\n"a\\u2028b"\n"\u20ac"\n')
    assert ended.code == 0
    assert [json.loads(line)["units"] for line in ended.out.splitlines()] == [1, 3, 2]


def test_a_line_that_is_no_string_is_answered_in_its_place(bare_hub: Run) -> None:
    ended = bare_hub("inspect", "sms", "-", stdin=b'"a"\n5\n\n\xff\n"b"\n')
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [answer.get("error") for answer in answers] == [
        None,
        "the line isn't a JSON string",
        "the line isn't JSON",
        "the line isn't JSON",
        None,
    ]
    assert ended.code == 1
    assert "Some lines" in ended.err


def test_each_mail_is_one_line_of_ascii(bare_hub: Run, tmp_path: Path) -> None:
    mails = [tmp_path / "one.eml", tmp_path / "broken.eml"]
    mails[0].write_bytes(MAIL)
    mails[1].write_bytes(b"\x00\xff not a mail")
    ended = bare_hub("inspect", "email", *map(str, mails))
    assert ended.code == 0
    assert ended.out.isascii()
    first, broken = (json.loads(line) for line in ended.out.split("\n")[:-1])
    assert (first["file"], first["from"], first["subject"]) == (str(mails[0]), "ann@example.org", "Bäume")
    assert broken["file"] == str(mails[1])


def test_a_missing_mail_is_told_and_the_others_are_read(bare_hub: Run, tmp_path: Path) -> None:
    mail = tmp_path / "one.eml"
    mail.write_bytes(MAIL)
    ended = bare_hub("inspect", "email", str(tmp_path / "none.eml"), str(mail), str(tmp_path))
    assert ended.code == 1
    assert json.loads(ended.out)["file"] == str(mail)
    assert "none.eml can't be read: no such file or directory." in ended.err
    assert f"{tmp_path} can't be read: is a directory." in ended.err


def test_inspecting_leaves_nothing_behind(bare_hub: Run, surroundings: dict[str, str]) -> None:
    bare_hub("inspect", "sms", "hello")
    assert not Path(surroundings["HUB_DATA_DIR"]).exists()


def test_a_process_answers_json_alone(process: Run) -> None:
    ended = process("inspect", "sms", "hello")
    assert ended == (0, '{"encoding": "gsm-7", "units": 5, "parts": 1}\n', "")


def test_measuring_a_text_loads_no_more_than_it_needs(process: Run, tmp_path: Path) -> None:
    """It answers at once because it imports little; a clock would tell the same less surely."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\nheavy = {'sqlalchemy', 'twilio', 'starlette', 'httpx', 'phonenumbers'}\n"
        "atexit.register(lambda: print(*sorted(heavy & sys.modules.keys()), file=sys.stderr))\n"
    )
    ended = process("inspect", "sms", "hello", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (ended.code, ended.err) == (0, "\n")


def test_a_missing_file_is_one_sentence_of_a_process(process: Run) -> None:
    assert process("inspect", "email", "none.eml") == (
        1,
        "",
        "none.eml can't be read: no such file or directory.\n",
    )


def test_wrong_use_is_exit_2(process: Run) -> None:
    assert process("inspect", "sms").code == 2
    assert process("inspect", "fax", "x").code == 2
