"""What docs/channels/voice.md shows is taken as it stands, and names every setting."""

import re
from pathlib import Path

from channels.voice.adapter import channel
from channels.voice.checking import KEYS
from hub.council_file import parse

PAGE = Path(__file__).parents[3] / "docs/channels/voice.md"
AROUND = """
[council]
name = "Anytown Council"
[[department]]
slug = "waste"
name = "Waste"
[[queue]]
slug = "triage"
department = "waste"
name = "Triage"
"""


def test_the_example_is_a_council_file() -> None:
    [example] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = parse(AROUND + example)
    [inbox] = file.inboxes
    assert channel.check(inbox.config) == []
    assert (file.queues[1].record_calls, file.agents[0].phone) == (True, "+441632960555")


def test_every_setting_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [key for key in KEYS if f"`{key}" not in page and f"{key} =" not in page] == []
