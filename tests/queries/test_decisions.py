"""The explanation that is derived is what the router decided when the message came."""

from typing import Any

import pytest
from sqlmodel import Session, col, select, update

from channels.contract import MessageUpdate
from hub.actions.intake.updates import apply_message_update
from hub.models import Case, Inbox, Queue, RuleSet
from hub.queries.case_page import case_page
from hub.queries.decisions import derive_decision, derive_decisions
from routing.engine import decide, explain
from routing.facts import Facts
from tests.queries.town import RULES, Town

BIN = ("Missed bin", "waste", "normal", ["missed-collection"])
SAID: list[tuple[str, dict[str, Any], tuple[str | None, str, str, list[str]]]] = [
    ("a missed bin again", {}, BIN),
    ("I smell gas", {}, ("Danger", "highways", "urgent", ["danger", "call-back"])),
    ("I smell gas", {"channel": "email", "sender": "cat@home.example"}, (None, "triage", "normal", [])),
    ("", {"channel": "voice", "menu": ("roads",)}, ("Menu roads", "highways", "high", [])),
    ("hello", {"channel": "email", "sender": "head@School.example"}, ("From a school", "waste", "normal", [])),
    ("hello", {"channel": "email", "sender": "d@e.example", "subject": "Missed bin"}, BIN),
    ("hello", {"sender": None}, (None, "triage", "normal", [])),
    ("hello", {"channel": "webchat", "sender": "ab12"}, (None, "triage", "normal", [])),
]  # fmt: skip


@pytest.mark.parametrize(("text", "how", "expected"), SAID)
async def test_the_derived_decision_is_what_was_decided_at_the_intake(
    town: Town, text: str, how: dict[str, Any], expected: tuple[str | None, str, str, list[str]]
) -> None:
    case_id = await town.case(text, **how)

    derived = await town.db.read(derive_decision, case_id)
    page = await town.db.read(case_page, case_id)

    assert (derived["rule"], derived["queue"], derived["priority"], derived["tags"]) == expected
    assert (page.case.rule, page.case.queue, page.case.priority, list(page.case.tags)) == expected
    assert page.decision == derived


async def test_it_holds_every_rule_with_the_values_compared(town: Town) -> None:
    case_id = await town.case("I smell gas", "+447700900007")
    facts = Facts(
        channel="sms", inbox="main", text="I smell gas", sender="+447700900007", at=await _moment_of(town, case_id)
    )
    outcome = decide(facts, town.directory.rules, "triage")

    derived = await town.db.read(derive_decision, case_id)

    assert derived == explain(facts, town.directory.rules, "triage").to_json()
    assert derived["rule"] == outcome.rule
    assert [trial["matched"] for trial in derived["explanation"]] == [False, True, False, False, False]
    assert derived["explanation"][1]["why"] == outcome.compared


async def test_new_rules_leave_the_reasons_of_old_cases_alone(town: Town) -> None:
    before = await town.case("a missed bin")
    await town.db.write(_apply, [{"name": "All bins", "when": {"text_contains": ["bin"]}, "then": {"queue": "triage"}}])
    await town.reload()
    after = await town.case("a missed bin", "+447700900999")

    derived = await town.db.read(derive_decisions, [before, after])

    assert {case_id: decision["rule"] for case_id, decision in derived.items()} == {
        before: "Missed bin",
        after: "All bins",
    }


async def test_a_citizen_who_wrote_a_moment_ago_is_explained_as_decided(town: Town) -> None:
    again = {"name": "Again", "when": {"repeat_contact": 7}, "then": {"queue": "waste"}}
    await town.db.write(_apply, [again])
    await town.reload()
    await town.case("hello", "cat@home.example", channel="email")
    case_id = await town.case("hello again", "cat@home.example", channel="email")

    derived = await town.db.read(derive_decision, case_id)

    assert (await town.db.read(case_page, case_id)).case.rule == "Again"
    assert [(trial["rule"], trial["matched"]) for trial in derived["explanation"]] == [("Again", True)]


async def test_what_a_hub_of_other_ways_would_explain_never_contradicts_what_was_decided(town: Town) -> None:
    case_id = await town.case("a missed bin")
    await town.db.write(_rewrite_rules, [{**RULES[0], "when": {"text_contains": "bins"}}])

    derived = await town.db.read(derive_decision, case_id)

    assert (derived["rule"], derived["queue"], derived["explanation"]) == ("Missed bin", "waste", [])


async def test_a_case_without_a_match_keeps_the_fallback_queue_it_had(town: Town) -> None:
    case_id = await town.case("hello")
    await town.db.write(_let_inboxes_fall_back_to, "waste")

    derived = await town.db.read(derive_decision, case_id)

    assert derived["queue"] == "triage"
    assert derived["explanation"][-1]["rule"] is None
    assert "triage" in derived["explanation"][-1]["why"]


async def test_a_call_is_explained_by_the_words_that_the_router_saw(town: Town) -> None:
    case_id = await town.case("Voicemail", channel="voice", external_id="CA1")
    inbox = town.directory.inbox_by_name["voice", "main"]
    spoken = MessageUpdate(channel="voice", inbox="main", external_id="CA1", text="my missed bin")
    await town.db.write(apply_message_update, inbox.id, spoken)

    derived = await town.db.read(derive_decision, case_id)

    assert derived["rule"] is None


@pytest.mark.parametrize(
    "broken",
    [
        {"facts": {}},
        {"facts": {"message": 2**40, "at": "2026-06-01T09:00:00+01:00"}},
        {"rule_set_version": 99},
    ],
)
async def test_without_its_facts_or_rules_a_decision_is_its_outcome(town: Town, broken: dict[str, Any]) -> None:
    case_id = await town.case("I smell gas")
    await town.db.write(_change, case_id, broken)

    derived = await town.db.read(derive_decision, case_id)

    outcome = {"rule": "Danger", "queue": "highways", "priority": "urgent", "tags": ["danger", "call-back"]}
    assert derived == {**outcome, "matched": ["Danger"], "effects": {}, "explanation": []}


async def test_rules_that_this_hub_can_not_read_any_more_hurt_nobody(town: Town) -> None:
    case_id = await town.case("a missed bin")
    await town.db.write(_rewrite_rules, [{**RULES[0], "when": {"phase_of_the_moon": "full"}}])

    derived = await town.db.read(derive_decision, case_id)

    assert (derived["rule"], derived["explanation"]) == ("Missed bin", [])


async def test_a_hub_that_lacks_a_condition_of_the_rules_in_force_goes_by_the_others_and_says_so(town: Town) -> None:
    unread = {"any": [{"phase_of_the_moon": "full"}, {"text_contains": "moonlight"}]}
    await town.db.write(_rewrite_rules, [{**RULES[0], "when": unread}, RULES[1]])
    await town.reload()
    gas = await town.case("I smell gas")
    moon = await town.case("a missed bin in the moonlight", "+447700900002")

    derived = await town.db.read(derive_decisions, [gas, moon])

    assert derived[gas]["explanation"][0]["why"] == (
        "missed: the condition “phase_of_the_moon” can’t be read: there is no such condition any more"
    )
    assert (derived[gas]["rule"], derived[moon]["rule"]) == ("Danger", "Missed bin")


async def _moment_of(town: Town, case_id: int) -> Any:
    return town.directory.local(await town.db.read(lambda session: session.get_one(Case, case_id).opened_at))


def _apply(session: Session, rules: list[dict[str, Any]]) -> None:
    session.add(RuleSet(rules=rules))


def _rewrite_rules(session: Session, rules: list[dict[str, Any]]) -> None:
    session.exec(update(RuleSet).values(rules=rules))


def _let_inboxes_fall_back_to(session: Session, slug: str) -> None:
    queue_id = session.exec(select(Queue.id).where(Queue.slug == slug)).one()
    session.exec(update(Inbox).values(queue_id=queue_id))


def _change(session: Session, case_id: int, values: dict[str, Any]) -> None:
    session.exec(update(Case).where(col(Case.id) == case_id).values(**values))
