"""Deciding where a message goes, and explaining it: the same rules, tried in order, the first match wins."""

from dataclasses import dataclass
from typing import Any

from routing.combinations import AllOf
from routing.condition import Comparison
from routing.facts import Facts
from routing.rules import Priority, Rule, RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided. `rule` is None when none matched and the inbox's own queue took it."""

    rule: str | None
    queue: str
    priority: Priority
    tags: tuple[str, ...]
    compared: str  # what the matched rule compared, in one sentence; it may name the sender: not for logs


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one rule; `rule` is None for the fallback that ends a list without a match."""

    rule: str | None
    matched: bool
    why: str
    conditions: tuple[Comparison, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "matched": self.matched,
            "why": self.why,
            "conditions": [comparison.to_json() for comparison in self.conditions],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An outcome with every rule in order: matched, missed and why, or not reached."""

    rule: str | None
    queue: str
    priority: Priority
    tags: tuple[str, ...]
    explanation: tuple[Trial, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "queue": self.queue,
            "priority": self.priority,
            "tags": list(self.tags),
            "explanation": [trial.to_json() for trial in self.explanation],
        }


def decide(facts: Facts, rule_set: RuleSet, fallback_queue: str) -> Outcome:
    """The queue of the first rule that matches, else `fallback_queue`. Never raises because of a condition."""
    for rule in rule_set.candidates(facts):
        if rule.when.test(facts):
            return _outcome(rule, fallback_queue, _matched(rule.when.reason(facts)))
    return _outcome(None, fallback_queue, _fallback(fallback_queue))


def explain(facts: Facts, rule_set: RuleSet, fallback_queue: str) -> Decision:
    """The same decision with every rule tried. Pure: from stored facts and the same rules it comes out the same."""
    matched: Rule | None = None
    trials: list[Trial] = []
    for rule in rule_set.rules:
        if matched:
            trials.append(Trial(rule=rule.name, matched=False, why=f'not reached: "{matched.name}" matched first'))
            continue
        trials.append(_trial(rule, facts))
        matched = rule if trials[-1].matched else None
    if matched is None:
        trials.append(Trial(rule=None, matched=True, why=_fallback(fallback_queue)))
    outcome = _outcome(matched, fallback_queue, "")
    return Decision(
        rule=outcome.rule,
        queue=outcome.queue,
        priority=outcome.priority,
        tags=outcome.tags,
        explanation=tuple(trials),
    )


def _trial(rule: Rule, facts: Facts) -> Trial:
    compared = rule.when.explain(facts)
    why = _matched(compared.why) if compared.matched else f"missed: {compared.why}"
    conditions = compared.conditions if compared.condition == AllOf.name else (compared,)
    return Trial(rule=rule.name, matched=compared.matched, why=why, conditions=conditions)


def _outcome(rule: Rule | None, fallback_queue: str, compared: str) -> Outcome:
    if rule is None:
        return Outcome(rule=None, queue=fallback_queue, priority="normal", tags=(), compared=compared)
    then = rule.then
    return Outcome(
        rule=rule.name, queue=then.queue, priority=then.priority or "normal", tags=then.tags, compared=compared
    )


def _matched(why: str) -> str:
    return f"matched: {why}"


def _fallback(queue: str) -> str:
    return f'No rule matched: the inbox\'s own queue "{queue}" takes it'
