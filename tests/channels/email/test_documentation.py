"""What docs/channels/email.md shows is taken as it stands, and it names every setting."""

import re
from pathlib import Path
from textwrap import dedent

from channels.email.adapter import channel
from channels.email.settings import KEYS
from hub.council_file import parse
from hub.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs/channels/email.md").read_text(encoding="utf-8")
AROUND = """
[council]
name = "Anytown Council"
[[department]]
slug = "front-door"
name = "Front door"
[[queue]]
slug = "triage"
department = "front-door"
name = "Triage"
"""
INBOX = """
[[inbox]]
channel = "email"
name = "help"
address = "help@anytown.example"
queue = "triage"
"""


def test_each_example_is_a_council_file() -> None:
    shown = re.findall(r"^ *```toml\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
    whole, *tables = map(dedent, shown)
    assert len(tables) == 5
    for example in [
        whole,
        *(INBOX + ("" if "[inbox.config]" in table else "[inbox.config]\n") + table for table in tables),
    ]:
        [inbox] = parse(AROUND + example).inboxes
        assert inbox.config
        assert channel.check(inbox.config) == []


def test_every_setting_is_explained_and_every_explained_one_is_there() -> None:
    assert [key for key in KEYS if f"`{key}`" not in PAGE and f"`{key} = " not in PAGE] == []
    of_process = {name.removeprefix("HUB_").lower() for name in re.findall(r"HUB_[A-Z_]+", PAGE)}
    assert of_process <= set(Settings.model_fields)
    assert len(of_process) > 5
    in_tables = re.findall(r"^\| (`[a-z_`, ]+`) \|", PAGE, re.MULTILINE)
    assert {key for cell in in_tables for key in re.findall(r"`(\w+)`", cell)} <= {*KEYS, "keep", "seen", "move"}
