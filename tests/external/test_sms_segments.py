"""Parts of a text, against cases that a national notification service keeps for its own."""

import json
import os
from pathlib import Path

import pytest

from channels.sms.segments import segments

pytestmark = pytest.mark.material("sms/segments.jsonl")


def test_texts_take_as_many_parts_as_published_cases_say() -> None:
    cases = Path(os.environ["HUB_MATERIAL"], "sms", "segments.jsonl").read_text("utf-8").splitlines()
    standard = [row for row in map(json.loads, cases) if not row.get("house_rule")]
    assert standard
    wrong = [row for row in standard if segments(row["text"]).parts != row["segments"]]
    assert wrong == []
