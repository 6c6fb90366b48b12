"""What no rule puts anywhere goes to its topic's queue when the classifier is sure; else triage gets its guesses."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.actions.casework.cases import resolve, transfer
from hub.actions.council.topics import KEPT, keep_model, replace_examples, use_model
from hub.errors import Unavailable
from hub.models import RuleSet, TopicGuess
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.queries.topics import labelled_messages, model_content, models
from hub.replay.trying import as_received
from routing.facts import Facts
from routing.topics.classifier import Labelled, train
from tests.cases.anytown import COUNCIL, Town, living
from tests.topics.messages import sorted_by_people


@pytest.fixture(scope="module")
def learned() -> bytes:
    return train(sorted_by_people()).classifier.dump()


@pytest.fixture
async def town(database_url: str, tmp_path: Path, learned: bytes) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path) as town:
        await town.db.write(keep_model, learned, {"accuracy": 1.0}, use=True)
        await town.desk.topics.reload()
        yield town


async def test_what_the_classifier_is_sure_of_goes_to_its_queue_and_says_so(town: Town) -> None:
    case = await town.case(await town.say("A pothole damaged my car near the school"))
    assert town.hub.directory.queues[case.queue_id].slug == "roads"
    decision = (await town.db.read(case_page, case.id)).decision
    assert decision["rule"] is None
    assert "its topic is “roads”" in decision["explanation"][-1]["why"]


async def test_a_rule_comes_before_the_topic(town: Town) -> None:
    case = await town.case(await town.say("Danger: my bin was not collected this week"))
    assert case.rule == "Danger"


async def test_what_it_is_not_sure_of_waits_in_triage_with_the_likeliest_queues(town: Town) -> None:
    case = await town.case(await town.say("The school"))
    assert town.hub.directory.queues[case.queue_id].slug == "triage"
    guess = await town.one(TopicGuess, case_id=case.id)
    assert {topic for topic, _ in guess.guesses} == {"roads", "waste"}
    supposed = (await town.db.read(case_page, case.id)).supposed
    assert [each.queue for each in supposed] == [topic for topic, _ in guess.guesses]


async def test_a_rule_may_follow_what_it_is_not_sure_of_and_explains_itself_by_it(town: Town) -> None:
    rule = {"name": "Perhaps", "when": {"topic": {"is": "roads", "confidence": 0.4}}, "then": {"queue": "roads"}}
    await town.db.write(lambda session: session.add(RuleSet(rules=[rule])))
    await town.desk.reload()
    case = await town.case(await town.say("The school"))
    assert (case.rule, town.hub.directory.queues[case.queue_id].slug) == ("Perhaps", "roads")
    [trial] = (await town.db.read(case_page, case.id)).decision["explanation"]
    assert trial["why"].startswith("matched: its topic is “roads” (")
    entry = town.hub.directory.inbox_by_name["sms", "main"]
    assert (await as_received(town.desk, said_facts("The school"), entry)).supposed == tuple(
        (topic, confidence) for topic, confidence in case.facts["supposed"]
    )


def said_facts(text: str) -> Facts:
    return Facts(channel="sms", inbox="main", text=text, at=utcnow())


async def test_once_somebody_has_moved_it_nothing_is_supposed_any_more(town: Town) -> None:
    receipt = await town.say("The school")
    await town.act(transfer, receipt, "ann", "waste", "It is about waste.")
    page = await town.db.read(case_page, (await town.case(receipt)).id)
    assert page.supposed == ()


async def test_a_classifier_that_breaks_stops_nothing_and_is_named(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town.desk.topics, "_classifier", object())
    case = await town.case(await town.say("A pothole damaged my car"))
    assert town.hub.directory.queues[case.queue_id].slug == "triage"
    assert "the classifier failed" in case.facts["topic_by"]


async def test_without_a_version_in_use_nothing_is_judged(town: Town) -> None:
    await town.db.write(use_model, None)
    await town.desk.topics.reload()
    case = await town.case(await town.say("A pothole damaged my car near the school"))
    assert "topic" not in case.facts
    assert town.hub.directory.queues[case.queue_id].slug == "triage"


async def test_people_teach_by_where_they_resolve(town: Town) -> None:
    """Also learned from: messages from outside. Never: what was left in triage, or is still open."""
    moved = await town.say("The fountain sings", "+447700900001")
    await town.act(transfer, moved, "lea", "waste", "It is about waste.")
    await town.act(resolve, moved, "lea", "done")
    left = await town.say("Hello", "+447700900002")
    await town.act(resolve, left, "lea", "done")
    await town.say("Hello again", "+447700900003")
    await town.db.write(replace_examples, [Labelled("From before", "roads")])
    assert await town.db.read(labelled_messages) == [
        Labelled("From before", "roads"),
        Labelled("The fountain sings", "waste"),
    ]


async def test_a_version_that_could_not_be_read_at_first_is_at_work_once_it_can(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics, read = town.desk.topics, town.db.read

    async def away(query: Any, *arguments: Any) -> Any:
        if query is model_content:
            raise Unavailable("The database can't be reached.")
        return await read(query, *arguments)

    content = await read(model_content, 1)
    assert content is not None
    await town.db.write(keep_model, content, {}, use=True)
    with monkeypatch.context() as patched:
        patched.setattr(town.db, "read", away)
        with pytest.raises(Unavailable):
            await topics.reload()

    await topics.reload()

    case = await town.case(await town.say("A pothole damaged my car near the school"))
    assert (case.facts["topic"], case.facts["topic_by"]) == ("roads", "version 2")


async def test_a_version_that_breaks_while_it_is_loaded_says_so_and_is_left_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.topics.load", lambda content: content.no_classifier)
    await town.db.write(keep_model, b"", {}, use=True)
    await town.desk.topics.reload()
    case = await town.case(await town.say("A pothole damaged my car"))
    assert case.facts["topic_by"] == "the classifier can't be loaded (AttributeError)"


async def test_no_topic_puts_anything_into_a_queue_of_safeguarding(
    database_url: str, tmp_path: Path, learned: bytes
) -> None:
    danger = """
[[danger]]
name = "Gas leak"
queue = "roads"
phrases = ["smell gas"]
"""
    async with living(database_url, tmp_path, council=COUNCIL + danger) as town:
        await town.db.write(keep_model, learned, {"accuracy": 1.0}, use=True)
        await town.desk.topics.reload()
        case = await town.case(await town.say("A pothole damaged my car near the school"))
        assert town.hub.directory.queues[case.queue_id].slug == "triage"


async def test_the_newest_versions_are_kept_and_the_one_in_use(town: Town) -> None:
    for _ in range(KEPT + 2):
        await town.db.write(keep_model, b"", {}, use=False)
    assert [model.version for model in await town.db.read(models)] == [*range(KEPT + 3, 3, -1), 1]
