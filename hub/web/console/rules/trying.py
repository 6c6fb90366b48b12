"""A message tried on a rule while it is being written: does it match, and where would the message go?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import Invalid
from hub.replay.trying import as_received
from hub.running import Hub
from hub.web.console.rules.effects import effect_in_words
from hub.web.console.rules.fields import Form, Table, title_of
from hub.web.console.rules.message import imagined
from hub.web.console.words import isolated
from routing.combinations import COMBINATIONS
from routing.condition import NOBODYS, Names
from routing.effects import FIELDS
from routing.engine import Decision, Trial, explain
from routing.rules import Beside, RuleErrors, RuleSet

NAMELESS = "This rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRule:
    """`comparisons` are trees: condition (in words), why, matched, and conditions below."""

    takes_it: bool  # it matches, and its turn comes
    verdict: str
    comparisons: tuple[Mapping[str, Any], ...]
    decision: Mapping[str, Any] | None = None  # None: what it does can't be used yet
    does: Sequence[tuple[str, str]] = ()  # effects beyond queue, priority and tags, in words

    @property
    def trials(self) -> Sequence[Mapping[str, Any]]:
        return self.decision["explanation"] if self.decision else ()


_EFFECTS = {field.key: field.label for field in FIELDS} | {"dangers": "Raises the alarm"}


def effects_in_words(effects: Mapping[str, Any], names: Names) -> list[tuple[str, str]]:
    """What it is called, and what it is, of routing.effects.More.to_json."""
    return [(_EFFECTS.get(name, name), effect_in_words(name, value, names)) for name, value in effects.items()]


async def try_rule(hub: Hub, sent: Form, rule: Table, rules: Sequence[Table], beside: Beside) -> TriedRule:
    """`rule` by itself, and among `rules`, where it stands already. Raises Invalid by field."""
    named = {**rule, "name": rule["name"] or NAMELESS}
    rules = [named if each is rule else each for each in rules]
    alone = _alone(named, beside)
    try:
        whole, problem = RuleSet.parse(rules, None, beside=beside), ""
    except RuleErrors as errors:
        whole, problem = None, errors.problems[0].reason
    facts, entry = imagined(hub, sent)
    facts = await as_received(hub.desk, facts, entry, whole or alone)
    trial = explain(facts, alone, "", hub.directory.names).explanation[0]
    if whole is None:
        return _tried(trial, f"Where the message would go can’t be said yet: {problem}.")
    decision = explain(facts, whole, hub.directory.queue_of_nobody(facts, entry), hub.directory.names)
    among = next(each for each in decision.explanation if each.rule == named["name"] and each.group != "danger")
    names = hub.directory.names
    where = _where(decision, named["name"], names.one(decision.queue, "queue"))
    if among.why.startswith("not reached"):
        return _tried(trial, f"It is {among.why}. {where}", decision, names, reached=False)
    return _tried(among, where, decision, names)


def _alone(rule: Table, beside: Beside) -> RuleSet:
    """The only rule, whatever it does."""
    wards = {"ward": beside.get("ward", ())}
    try:
        return RuleSet.parse([{"name": NAMELESS, "when": rule["when"], "then": {"queue": "-"}}], None, beside=wards)
    except RuleErrors as errors:
        raise Invalid("It can’t be tried yet.", {each.key: each.reason for each in errors.problems}) from None


def _where(decision: Decision, name: str, queue: str) -> str:
    if decision.rule is None:
        return f"The message would go to {queue}, since no rule that matches names a queue."
    by = "by this rule" if decision.rule == name else f"by the rule “{isolated(decision.rule)}”"
    return f"The message would go to {queue}, {by}."


def _tried(
    trial: Trial, where: str, decision: Decision | None = None, names: Names = NOBODYS, *, reached: bool = True
) -> TriedRule:
    return TriedRule(
        takes_it=trial.matched and reached,
        verdict=f"{'This rule matches.' if trial.matched else 'This rule doesn’t match.'} {where}",
        comparisons=tuple(_in_words(each.to_json()) for each in trial.conditions),
        decision=decision.to_json() if decision else None,
        does=effects_in_words(decision.more.to_json(), names) if decision else (),
    )


def _in_words(comparison: Mapping[str, Any]) -> Mapping[str, Any]:
    name = comparison["condition"]
    if name in COMBINATIONS:
        title = f"{COMBINATIONS[name].quantity} of these".capitalize()
    else:
        title = title_of(name)
    below = tuple(_in_words(each) for each in comparison.get("conditions", ()))
    return {**comparison, "condition": title, "conditions": below}
