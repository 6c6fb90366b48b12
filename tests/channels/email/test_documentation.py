"""What docs/channels/email.md shows is taken as it stands, and it names every setting."""

import re
from pathlib import Path

from channels import email
from channels.email.adapter import channel
from channels.email.settings import KEYS
from hub.council_file import parse
from hub.settings import Settings
from tests.support import documentation

PAGE = documentation.page("channels/email.md")
INBOX = """
[[inbox]]
channel = "email"
name = "help"
address = "help@anytown.example"
queue = "triage"
"""


def test_each_example_is_a_council_file() -> None:
    whole, *tables = documentation.examples(PAGE)
    assert len(tables) == 5
    for example in [
        whole,
        *(INBOX + ("" if "[inbox.config]" in table else "[inbox.config]\n") + table for table in tables),
    ]:
        [inbox] = parse(documentation.COUNCIL + example).inboxes
        assert inbox.config
        assert channel.check(inbox.config) == []


def test_the_table_of_files_names_each_one() -> None:
    folder = Path(email.__file__).parent
    named = set(re.findall(r"`(\w+\.py)`", (folder / "README.md").read_text(encoding="utf-8")))
    assert named == {file.name for file in folder.rglob("*.py")} - {"__init__.py"}


def test_every_setting_is_explained_and_every_explained_one_is_there() -> None:
    assert documentation.unexplained(PAGE, KEYS) == []
    of_process = {name.removeprefix("HUB_").lower() for name in re.findall(r"HUB_[A-Z_]+", PAGE)}
    assert of_process <= set(Settings.model_fields)
    assert len(of_process) > 5
    in_tables = re.findall(r"^\| (`[a-z_`, ]+`) \|", PAGE, re.MULTILINE)
    assert {key for cell in in_tables for key in re.findall(r"`(\w+)`", cell)} <= {*KEYS, "keep", "seen", "move"}
