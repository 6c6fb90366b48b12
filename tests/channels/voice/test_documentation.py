"""What docs/channels/voice.md shows is taken as it stands, and names every setting."""

from channels.voice.adapter import channel
from channels.voice.checking import KEYS
from hub.council_file import parse
from tests.support import documentation

PAGE = documentation.page("channels/voice.md")


def test_the_example_is_a_council_file() -> None:
    [example] = documentation.examples(PAGE)
    file = parse(documentation.COUNCIL + example)
    [inbox] = file.inboxes
    assert channel.check(inbox.config) == []
    assert (file.queues[1].record_calls, file.agents[0].phone) == (True, "+441632960555")


def test_every_setting_is_explained() -> None:
    assert documentation.unexplained(PAGE, KEYS) == []
