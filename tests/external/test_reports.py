"""Bounces and automatic answers that others collected: reports/*.eml in the material, any names, any number.

Beside them reports/expected.jsonl may say of some what is known: {"file", "status"?, "permanent"?, "recipient"?}.
"""

import json
import os
from pathlib import Path

import pytest

from channels.email.understanding.mail import Mail
from channels.email.understanding.parsing import understand

pytestmark = pytest.mark.material("reports/*.eml")


@pytest.fixture(scope="module")
def read() -> dict[str, Mail]:
    folder = Path(os.environ["HUB_MATERIAL"], "reports")
    return {path.name: understand(path.read_bytes()) for path in sorted(folder.glob("*.eml"))}


def test_none_of_them_opens_a_case(read: dict[str, Mail]) -> None:
    opening = [name for name, mail in read.items() if mail.bounce is None and not mail.is_answer]
    print(f"{len(opening)} of {len(read)} would open a case: {opening}")

    assert len(opening) <= len(read) // 200  # people who pass a report on


def test_hard_and_soft_are_told_apart(read: dict[str, Mail]) -> None:
    lines = Path(os.environ["HUB_MATERIAL"], "reports", "expected.jsonl").read_text("utf-8").splitlines()
    known = [row for row in map(json.loads, lines) if "permanent" in row]
    bounces = {name: mail.bounce for name, mail in read.items()}
    wrong = [
        row["file"]
        for row in known
        if (bounce := bounces[row["file"]]) is None or bounce.permanent is not row["permanent"]
    ]
    print(f"{len(wrong)} of {len(known)} wrong: {wrong}")

    assert len(wrong) <= len(known) // 10
