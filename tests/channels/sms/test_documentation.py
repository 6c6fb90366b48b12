"""What docs/channels/sms.md shows is taken as it stands, and names every setting."""

import re
from pathlib import Path
from textwrap import dedent

from channels.sms.adapter import channel
from channels.sms.providers import providers
from channels.sms.settings import COMMON_KEYS
from hub.council_file import parse

PAGE = Path(__file__).parents[3] / "docs/channels/sms.md"
AROUND = """
[council]
name = "Anytown Council"
languages = ["en", "cy"]
[[department]]
slug = "front-door"
name = "Front door"
[[queue]]
slug = "triage"
department = "front-door"
name = "Triage"
[[inbox]]
channel = "sms"
name = "reserve"
queue = "triage"
address = "+447700900777"
config = { provider = "twilio", account_sid = "env:A", auth_token = "env:B" }
"""


def test_each_example_is_a_council_file() -> None:
    shown = re.findall(r"^ *```toml\n(.*?)^ *```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    *inboxes, keywords = map(dedent, shown)
    taken = [parse(AROUND + inbox + keywords).inboxes[-1] for inbox in inboxes]
    assert [inbox.config["provider"] for inbox in taken] == sorted(providers(), reverse=True)
    assert [channel.check(inbox.config) for inbox in taken] == [[], []]
    assert (taken[0].failover, len(taken[0].config["keyword"])) == ("sms/reserve", 2)


def test_every_setting_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    offered = COMMON_KEYS | {"whatsapp", "pictures", "sender_id", "template_field", "api_url"}
    assert [
        key for key in sorted(offered) if f"`{key}" not in page and f"{key} = " not in page and f".{key}]" not in page
    ] == []
