"""hub learn: from files and handled cases to a classifier in use; every version can be gone back to."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.topics.messages import sorted_by_people

COUNCIL = """\
[council]
name = "Smallham"
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
[[queue]]
slug = "roads"
department = "all"
name = "Roads"
[[inbox]]
channel = "webchat"
name = "site"
queue = "triage"
"""


@pytest.fixture
def town(hub: Run, tmp_path: Path) -> Run:
    path = tmp_path / "council.toml"
    path.write_text(COUNCIL, encoding="utf-8")
    assert hub("apply", str(path)).code == 0
    return hub


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """What another system knew."""
    path = tmp_path / "old.jsonl"
    lines = (json.dumps({"text": text, "topic": topic}) for text, topic in sorted_by_people())
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def shuffle_topics(export: Path) -> None:
    """So that there is nothing to learn from it."""
    lines = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    said = (
        {"text": line["text"], "topic": ("waste", "roads")[number * 31 % 17 % 2]} for number, line in enumerate(lines)
    )
    export.write_text("\n".join(map(json.dumps, said)), encoding="utf-8")


def test_a_file_is_learned_from_and_routes_what_no_rule_knows(town: Run, export: Path) -> None:
    learned = town("learn", "--from", str(export), "--json")
    assert learned.code == 0
    told = json.loads(learned.out)
    assert (told["version"], told["in_use"], told["messages"]) == (1, True, 160)
    decision = json.loads(town("route", "--channel", "webchat", "--text", "my bin was not collected in elm road").out)
    assert decision["queue"] == "waste"
    assert decision["explanation"][-1]["why"].startswith("No rule matched: its topic is “Waste” (")

    unsure = json.loads(town("route", "--channel", "webchat", "--text", "good morning to you").out)
    assert unsure["queue"] == "triage"
    assert "it needs" in unsure["explanation"][-1]["why"]

    town("learn", "--json")
    assert [line[0] for line in town("learn", "--list").out.splitlines()] == ["*", " "]
    shuffle_topics(export)
    worse = json.loads(town("learn", "--from", str(export), "--careful", "--json").out)
    assert (worse["version"], worse["in_use"]) == (3, False)
    assert [line[0] for line in town("learn", "--list").out.splitlines()] == [" ", "*", " "]
    assert town("learn", "--use", "1").code == 0
    assert [line[0] for line in town("learn", "--list").out.splitlines()] == [" ", " ", "*"]
    assert town("learn", "--off").code == 0
    decision = json.loads(town("route", "--channel", "webchat", "--text", "my bin was not collected in elm road").out)
    assert decision["queue"] == "triage"


def mistake_topics(export: Path, count: int) -> None:
    """Of so many messages people said the other topic."""
    lines = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    for line in lines[:count]:
        line["topic"] = "roads"
    export.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


def test_quality_cannot_slide_a_little_every_night(town: Run, export: Path) -> None:
    """Each night one more of 160 is wrong, which is less than one in a hundred."""
    nights = []
    assert town("learn", "--from", str(export)).code == 0
    for mistakes in (1, 2, 3):
        mistake_topics(export, mistakes)
        nights.append(json.loads(town("learn", "--from", str(export), "--careful", "--json").out))
    assert [round(night["accuracy"] * 160) for night in nights] == [159, 158, 157]
    assert [night["in_use"] for night in nights] == [True, False, False]
    report = town("learn", "--careful").out
    assert "Version 5. Version 1 was better: the one in use stays." in report

    assert town("learn").code == 0  # somebody takes it as it is
    assert json.loads(town("learn", "--careful", "--json").out)["in_use"] is True


def test_the_report_says_topic_by_topic_how_good_it_is(town: Run, export: Path) -> None:
    with export.open("a", encoding="utf-8") as file:
        file.write('\n{"text": "The swing is broken", "topic": "parks"}')
    report = town("learn", "--from", str(export)).out
    assert "160 messages" in report
    assert "Left out, since a single message is nothing to learn from: parks." in " ".join(report.split())
    assert "waste" in report
    assert "It is in use from now on." in report


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: this isn't JSON"),
        ('{"text": "My bin"}', 'line 2: it needs "text" and "topic"'),
        ('["a bin", "waste"]', 'line 2: it needs "text" and "topic"'),
        ('{"text": " ", "topic": "waste"}', 'line 2: it needs "text" and "topic"'),
    ],
)
def test_a_bad_file_is_refused_with_its_line(town: Run, tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "My bin", "topic": "waste"}\n' + line, encoding="utf-8")
    ended = town("learn", "--from", str(path))
    assert ended.code == 1
    assert complaint in ended.err
    assert town("learn", "--list").out == ""


def test_too_little_to_learn_from_is_one_sentence(town: Run) -> None:
    ended = town("learn")
    assert ended.code == 1
    assert ended.err.startswith("There is too little to learn from yet.")


def test_a_version_that_never_was_is_not_found(town: Run) -> None:
    ended = town("learn", "--use", "7")
    assert ended.code == 1
    assert "no version 7" in ended.err
