"""hub route answers with the decision that the intake would take, and why."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run

COUNCIL = """\
[council]
name = "Smallham"
timezone = "Europe/London"
[[department]]
slug = "all"
name = "All"
[[queue]]
slug = "triage"
department = "all"
name = "Triage"
[[queue]]
slug = "waste"
department = "all"
name = "Waste"
hours = { mon-fri = "09:00-17:00" }
[[queue]]
slug = "night"
department = "all"
name = "Night"
[[inbox]]
channel = "webchat"
name = "site"
queue = "triage"
[[inbox]]
channel = "webchat"
name = "bins"
queue = "waste"
[[rule]]
name = "Bins"
when = { text_contains = "bin", inbox = "site" }
then = { queue = "waste", priority = "high", tags = ["bin"] }
[[rule]]
name = "Night"
when = { time_between = "22:00-06:00" }
then = { queue = "night" }
[[rule]]
name = "Sofa"
when = { text_contains = "sofa", queue_open = "waste", verification = "delivered" }
then = { queue = "waste" }
"""

DAY = "2026-03-02T12:00:00"


@pytest.fixture
def town(hub: Run, tmp_path: Path) -> Run:
    path = tmp_path / "council.toml"
    path.write_text(COUNCIL, encoding="utf-8")
    assert hub("apply", str(path)).code == 0
    return hub


def test_a_message_is_judged_by_what_the_intake_would_know_of_it(town: Run) -> None:
    def why(at: str) -> str:
        decision = json.loads(town("route", "--channel", "webchat", "--text", "my sofa", "--at", at).out)
        return str(next(trial["why"] for trial in decision["explanation"] if trial["rule"] == "Sofa"))

    assert "the queue “Waste” is open" in why(DAY)
    assert why("2026-03-01T12:00:00") == "missed: the queue “Waste” is closed"


def test_the_decision_is_explained(town: Run) -> None:
    ended = town("route", "--channel", "webchat", "--text", "my bin", "--at", DAY)
    decision = json.loads(ended.out)
    assert (decision["rule"], decision["queue"], decision["priority"], decision["tags"]) == (
        "Bins",
        "waste",
        "high",
        ["bin"],
    )
    assert [trial["matched"] for trial in decision["explanation"]] == [True, False, False]
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "queue"),
    [
        (("--text", "hello"), "triage"),
        (("--text", "hello", "--inbox", "bins"), "waste"),
        (("--text", "hello", "--inbox", "webchat/bins"), "waste"),
        (("--text", "my bin", "--inbox", "webchat/site"), "waste"),
        (("--text", "hello", "--subject", "bin"), "waste"),
        (("--text", "hello", "--at", "2026-03-02T23:00"), "night"),
        (("--text", "hello", "--at", "2026-07-01T21:30Z"), "night"),
        (("--text", "hello", "--at", "2026-03-02T21:30Z"), "triage"),
    ],
)
def test_facts_decide(town: Run, arguments: tuple[str, ...], queue: str) -> None:
    at = () if "--at" in arguments else ("--at", DAY)
    assert json.loads(town("route", "--channel", "webchat", *arguments, *at).out)["queue"] == queue


def test_lines_are_answered_one_by_one_and_a_bad_one_in_its_place(town: Run) -> None:
    lines = [
        json.dumps({"channel": "webchat", "text": "bin \u2028 day", "at": DAY}),
        "nonsense",
        json.dumps({"channel": "fax", "text": "x"}),
        json.dumps({"channel": "webchat", "text": "x", "colour": "red"}),
        json.dumps({"channel": "webchat", "text": "x", "at": "soon"}),
        json.dumps({"channel": "webchat", "inbox": "nope", "text": "x"}),
        json.dumps({"channel": "webchat", "inbox": "sms/main", "text": "x"}),
        json.dumps(["webchat"]),
        json.dumps({"channel": "webchat", "inbox": "webchat/bins", "text": "x", "at": DAY, "from": None}),
    ]
    ended = town("route", "--batch", stdin="\n".join(lines))
    answers = [json.loads(line) for line in ended.out.split("\n")[:-1]]
    assert [answer.get("queue", answer.get("error")) for answer in answers] == [
        "waste",
        "the line isn't JSON",
        'channel: there is no inbox of "fax"',
        "colour: no such key",
        "at: not a time in ISO 8601",
        'inbox: there is no inbox "webchat/nope"',
        'inbox: "sms/main" isn\'t an inbox of the channel webchat',
        "the line isn't a JSON object",
        "waste",
    ]
    assert ended.code == 1
    assert ended.out.isascii()


def test_good_lines_alone_are_exit_0(town: Run) -> None:
    ended = town("route", "--batch", stdin='{"channel": "webchat", "text": "x"}\n' * 3)
    assert (ended.code, len(ended.out.splitlines()), ended.err) == (0, 3, "")


@pytest.mark.parametrize("arguments", [(), ("--channel", "sms"), ("--text", "x")])
def test_without_channel_and_text_there_is_nothing_to_route(town: Run, arguments: tuple[str, ...]) -> None:
    assert town("route", *arguments).code == 2


def test_an_unknown_inbox_is_one_sentence_that_quotes_no_citizen(town: Run) -> None:
    ended = town("route", "--channel", "webchat", "--inbox", "nope", "--text", "private words")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == 'The message can\'t be routed: inbox: there is no inbox "webchat/nope".'
