"""Replaying past cases out of the database, and rules read from a file of their own."""

import itertools
from typing import Any

import pytest

from hub.council_file import CouncilFileErrors
from hub.council_file.rules_alone import read_rules
from hub.replay.replaying import part_edges, replay
from hub.settings import load
from tests.queries.town import RULES, Town


def engine_url(url: str) -> str:
    """As the settings give it."""
    return load(database_url=url).url


ALL_TO_WASTE: list[dict[str, Any]] = [
    {"name": "Words", "when": {"text_contains": ["bin", "gas"]}, "then": {"queue": "waste"}},
    {"name": "Idle", "when": {"text_contains": "swing"}, "then": {"queue": "triage"}},
]


async def test_the_rules_in_force_move_nothing_and_others_say_what_they_would_move(
    town: Town, database_url: str
) -> None:
    for number, text in enumerate(["a missed bin", "I smell gas", "hello"]):
        await town.case(text, f"+4477009001{number:02}")
    same = replay(engine_url(database_url), RULES, {}).to_json()
    other = replay(engine_url(database_url), ALL_TO_WASTE, {}, minutes=12).to_json()

    assert (same["cases"], same["unchanged"], same["moved"], same["unreadable"]) == (3, 3, [], 0)
    assert [(move["from"], move["to"], move["count"]) for move in other["moved"]] == [("highways", "waste", 1)]
    assert len(other["moved"][0]["examples"][0]) >= 8
    assert (other["never"], other["always"], other["fallback"]) == (["Idle"], [], 1)
    assert {each["queue"]: (each["before"], each["after"]) for each in other["queues"]} == {
        "waste": (1, 2),
        "highways": (1, 0),
        "triage": (1, 1),
    }


async def test_several_processes_find_what_one_finds(town: Town, database_url: str) -> None:
    for number, text in enumerate(["a missed bin", "I smell gas", "hello", "gas in the bin"]):
        await town.case(text, f"+4477009001{number:02}")
    told: list[tuple[int, int]] = []
    url = engine_url(database_url)
    apart = replay(url, ALL_TO_WASTE, {}, progress=lambda done, total: told.append((done, total)), alone=0)
    assert apart.to_json() == replay(url, ALL_TO_WASTE, {}).to_json()
    assert (told[0], told[-1]) == ((0, 4), (4, 4))
    assert told == sorted(told)


def test_the_first_parts_are_small_so_that_the_bar_moves_at_once() -> None:
    edges = part_edges(7, 100_007)
    sizes = [upto - after for after, upto in itertools.pairwise(edges)]
    assert (edges[0], edges[-1], sum(sizes)) == (7, 100_007, 100_000)
    assert sizes[:5] == [100, 200, 400, 800, 1562]
    assert all(0 < size <= 1562 for size in sizes)
    assert part_edges(5, 5) == [5]
    assert part_edges(5, 8) == [5, 6, 7, 8]


def test_rules_alone_are_read_with_lines_keys_and_reasons() -> None:
    text = '[[rule]]\nname = "a"\nwhen = { text_contains = [] }\nthen = { queue = "nowhere" }\n[[group]]\nname = "g"\n'
    with pytest.raises(CouncilFileErrors) as caught:
        read_rules(text, {"waste"})
    assert str(caught.value).splitlines() == [
        "line 3: rule.when.text_contains: the list is empty",
        'line 4: rule.then.queue: there is no queue "nowhere"',
    ]
    with pytest.raises(CouncilFileErrors, match="line 2: not TOML"):
        read_rules("[[rule]]\nname = \n", {"waste"})


def test_a_file_that_holds_more_than_rules_is_taken_too_and_doubts_are_told() -> None:
    text = (
        '[[queue]]\nslug = "new"\n[[rule]]\nname = "a"\nwhen = { channel = "sms" }\nthen = { queue = "new" }\n'
        '[[rule]]\nname = "b"\nwhen = { channel = "sms", automatic = true }\nthen = { queue = "waste" }\n'
    )
    read = read_rules(text, {"waste"})
    assert [rule["name"] for rule in read.rules] == ["a", "b"]
    assert [str(doubt) for doubt in read.doubts] == [
        "line 9: rule.when: is never reached: all that it matches, “a” takes before it"
    ]
