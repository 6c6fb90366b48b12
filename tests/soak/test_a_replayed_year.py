"""A hundred thousand past cases are replayed in under twenty seconds."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.actions.intake.arrivals import Arrival
from hub.actions.intake.receive import Intake
from hub.council_file.rules_alone import read_rules
from hub.replay.replaying import replay
from tests.cases.anytown import living, said

CASES = 100_000
SECONDS = 20.0  # on two processors with nothing else to do
DEMO = Path(__file__).parents[2] / "hub" / "demo" / "council.toml"

_WHAT = (
    "My bin was missed",
    "There is a pothole",
    "The heating has failed",
    "I want to complain",
    "How do I renew my badge",
)
_WHERE = ("in Elm Road", "by the school in Mill Lane", "at 4 Castle Street, SA1 2AB", "near the market", "at home")
_MORE = (
    "It has been like this for a week and nobody has come, although I rang twice.",
    "Please tell me when somebody will look at it, since my mother is eighty and can't get past.",
    "I have sent a picture before. What happens next, and who do I talk to?",
    "Thank you for the quick help the last time, by the way.",
)


def letters() -> Iterator[str]:
    return (" ".join(words) for words in itertools.cycle(itertools.product(_WHAT, _WHERE, _MORE, _MORE)))


@pytest.mark.soak
async def test_a_hundred_thousand_cases_are_replayed_in_time(database_url: str, tmp_path: Path) -> None:
    council = DEMO.read_text(encoding="utf-8")
    async with living(database_url, tmp_path, council=council) as town:
        inbox = town.hub.directory.inbox_by_name["sms", "main"]
        intake = Intake(town.hub.directory, "hub.anytown.example")
        words = letters()
        for first in range(0, CASES, 1000):
            senders = (f"+4478{number:08}" for number in range(first, first + 1000))
            messages = [said(next(words), sender) for sender in senders]
            arrivals = [Arrival(message=each, inbox=inbox, uri=str(each.sender)) for each in messages]
            await town.db.write(intake.receive, [arrivals])
        queues, url = town.hub.directory.queue_by_slug.keys(), town.hub.settings.url
    rules = read_rules(council, queues)

    started = time.monotonic()
    found = await asyncio.to_thread(replay, url, rules.rules, rules.beside)
    took = time.monotonic() - started

    assert (found.tally.cases, found.tally.unreadable, found.tally.moved.total()) == (CASES, 0, 0)
    assert took < SECONDS
