"""What docs/channels/sms.md shows is taken as it stands, and names every setting."""

from channels.sms.adapter import channel
from channels.sms.providers import providers
from channels.sms.settings import COMMON_KEYS
from hub.council_file import parse
from tests.support import documentation

PAGE = documentation.page("channels/sms.md")
RESERVE = """
[[inbox]]
channel = "sms"
name = "reserve"
queue = "triage"
address = "+447700900777"
config = { provider = "twilio", account_sid = "env:A", auth_token = "env:B" }
"""


def test_each_example_is_a_council_file() -> None:
    *inboxes, keywords = documentation.examples(PAGE)
    taken = [parse(documentation.COUNCIL + RESERVE + inbox + keywords).inboxes[-1] for inbox in inboxes]
    assert [inbox.config["provider"] for inbox in taken] == sorted(providers(), reverse=True)
    assert [channel.check(inbox.config) for inbox in taken] == [[], []]
    assert (taken[0].failover, len(taken[0].config["keyword"])) == ("sms/reserve", 2)


def test_every_setting_is_explained() -> None:
    offered = COMMON_KEYS | {"whatsapp", "pictures", "sender_id", "template_field", "api_url"}
    assert documentation.unexplained(PAGE, offered) == []
