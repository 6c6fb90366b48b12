"""Real mails that others collected, understood as their own parsers understand them.

Run by `make external HUB_MATERIAL=…`; the folder holds mail/expected.jsonl beside its mails, and reply/discourse.jsonl.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from channels.email.understanding.parsing import inspect_json
from channels.email.understanding.quoting import own_words

pytestmark = pytest.mark.material("mail/expected.jsonl")

Row = dict[str, Any]


def material() -> Path:
    return Path(os.environ["HUB_MATERIAL"])


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture(scope="module")
def read() -> list[tuple[Row, Row]]:
    """(as expected, as understood) of every mail."""
    folder = material() / "mail"
    return [
        (row, inspect_json(row["file"], (folder / row["file"]).read_bytes())) for row in rows(folder / "expected.jsonl")
    ]


def ratio(pairs: list[tuple[Row, Row]], agree: Callable[[Row, Row], bool]) -> float:
    wrong = [expected["file"] for expected, got in pairs if not agree(expected, got)]
    print(f"{len(pairs) - len(wrong)} of {len(pairs)}; not: {wrong}")
    return 1 - len(wrong) / len(pairs)


def same(got: str | None, expected: str | None) -> bool:
    """But for white space; where the other parser gave up on a byte (U+FFFD), ours may have read it."""
    ours, theirs = ("".join((text or "").split()) for text in (got, expected))
    return len(ours) == len(theirs) and all(b in (a, "\ufffd") for a, b in zip(ours, theirs, strict=True))


def test_subjects_are_read(read: list[tuple[Row, Row]]) -> None:
    assert ratio(read, lambda expected, got: same(got["subject"], expected["subject"])) >= 0.99


def test_senders_are_read(read: list[tuple[Row, Row]]) -> None:
    assert ratio(read, lambda expected, got: [got["from"]][: bool(got["from"])] == expected["from"][:1]) >= 0.99


def test_recipients_are_read(read: list[tuple[Row, Row]]) -> None:
    assert ratio(read, lambda expected, got: got["to"] == expected["to"]) >= 0.99


def test_every_named_attachment_is_found(read: list[tuple[Row, Row]]) -> None:
    def agree(expected: Row, got: Row) -> bool:
        found = [attachment["filename"] for attachment in got["attachments"]]
        return all(any(same(name, wanted) for name in found) for wanted in expected["attachments"])

    assert ratio(read, agree) == 1.0


def test_dates_are_read(read: list[tuple[Row, Row]]) -> None:
    def agree(expected: Row, got: Row) -> bool:
        date = expected["date"]
        minutes = (date["tz_hour"] * 60 + date["tz_minute"]) * (-1 if date["tz_before_gmt"] else 1)
        parts = {part: date[part] for part in ("year", "month", "day", "hour", "minute", "second")}
        wanted = datetime(**parts, tzinfo=timezone(timedelta(minutes=minutes)))
        return got["date"] is not None and datetime.fromisoformat(got["date"]) == wanted

    assert ratio([pair for pair in read if pair[0].get("date")], agree) >= 0.97


def test_no_mail_is_beyond_understanding(read: list[tuple[Row, Row]]) -> None:
    assert ratio(read, lambda _, got: not any("couldn't be understood" in each for each in got["problems"])) == 1.0


@pytest.mark.material("reply/discourse.jsonl")
def test_the_senders_own_words_are_found() -> None:
    pairs = [
        ({**row, "file": row["id"]}, {"reply": own_words(row["mail"])})
        for row in rows(material() / "reply/discourse.jsonl")
    ]

    def agree(expected: Row, got: Row) -> bool:
        ours, theirs = (
            [line.rstrip() for line in text.strip("\n").split("\n")] for text in (got["reply"], expected["reply"])
        )
        return "\n".join(ours).rstrip() == "\n".join(theirs).rstrip()

    assert ratio(pairs, agree) >= 0.9
    assert [pair for pair in pairs if not pair[1]["reply"].strip() and pair[0]["mail"].strip()] == []


def test_each_mail_takes_milliseconds(read: list[tuple[Row, Row]]) -> None:
    folder = material() / "mail"
    start = time.process_time()

    for expected, _ in read:
        inspect_json(expected["file"], (folder / expected["file"]).read_bytes())

    assert (time.process_time() - start) / len(read) < 0.05
