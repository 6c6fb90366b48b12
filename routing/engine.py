"""Deciding where a message goes, and explaining it: the same rules, tried in the same order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from routing.combinations import AllOf
from routing.condition import NOBODYS, Comparison, Names
from routing.dangers import Danger
from routing.effects import NOTHING_MORE, More, Priority, Together, together
from routing.facts import Facts
from routing.rules import DANGER, Rule, RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided. `rule` is None when none gave a queue and the inbox's own took it."""

    rule: str | None
    queue: str
    priority: Priority
    tags: tuple[str, ...]
    reason: Callable[[], str] = field(repr=False, compare=False)  # makes `compared`: few ask for it
    matched: tuple[str, ...] = ()  # all rules that matched, in order
    more: More = NOTHING_MORE

    @property
    def compared(self) -> str:
        """What the rule compared that gave the queue, in one sentence. It may name the sender: not for logs."""
        return self.reason()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What became of one rule; `rule` is None for the fallback that ends a list in which none gave a queue."""

    rule: str | None
    matched: bool
    why: str
    conditions: tuple[Comparison, ...] = ()
    group: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "group": self.group,
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
    matched: tuple[str, ...] = ()
    more: More = NOTHING_MORE

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "matched": list(self.matched),
            "queue": self.queue,
            "priority": self.priority,
            "tags": list(self.tags),
            "effects": self.more.to_json(),
            "explanation": [trial.to_json() for trial in self.explanation],
        }


@dataclass(slots=True)
class _Course:
    """How far the trying has come: what matched, which groups that ended, and what the next rule may see."""

    facts: Facts
    sees_tags: bool  # does a rule look at the tags of those before it?
    matched: list[Rule] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)  # by group: the rule that ended it

    def ended_by(self, rule: Rule) -> str | None:
        """The rule because of which this one isn't reached."""
        if DANGER in self.ended and rule.group.name != DANGER:
            return self.ended[DANGER]
        return self.ended.get(rule.group.name) if rule.group.name != DANGER else None

    def take(self, rule: Rule) -> None:
        self.matched.append(rule)
        if rule.group.mode == "first" or rule.group.name == DANGER:
            self.ended.setdefault(rule.group.name, rule.name)
        if self.sees_tags and rule.then.tags:
            self.facts = self.facts.changed(tags=tuple(dict.fromkeys((*self.facts.tags, *rule.then.tags))))


def decide(facts: Facts, rule_set: RuleSet, fallback_queue: str) -> Outcome:
    """What the rules do with the message. Never raises: whatever breaks, the inbox's queue takes it and says why."""
    try:
        return _decided(facts, rule_set, fallback_queue)
    except Exception as error:  # noqa: BLE001 - the message must find a queue
        why = _failed(error, fallback_queue, NOBODYS)
        return Outcome(rule=None, queue=fallback_queue, priority="normal", tags=(), reason=lambda: why)


def explain(facts: Facts, rule_set: RuleSet, fallback_queue: str, names: Names = NOBODYS) -> Decision:
    """The same decision with every rule tried, in the council's own names. Pure: from stored facts and the same rules
    it comes out the same."""
    try:
        return _explained(facts, rule_set, fallback_queue, names)
    except Exception as error:  # noqa: BLE001 - as in decide
        trial = Trial(rule=None, matched=True, why=_failed(error, fallback_queue, names))
        return Decision(rule=None, queue=fallback_queue, priority="normal", tags=(), explanation=(trial,))


def dangers_in(facts: Facts, rule_set: RuleSet) -> tuple[Danger, ...]:
    """What the message speaks of that raises an alarm. Never raises."""
    found: list[Danger] = []
    try:
        for rule in rule_set.candidates(facts):
            if rule.then.danger is None:
                break  # dangers come first
            if rule.when.test(facts):
                found.append(rule.then.danger)
    except Exception:  # noqa: BLE001 - as in decide
        return tuple(found)
    return tuple(found)


def restricted_by(facts: Facts, rule_set: RuleSet) -> str:
    """The rule that restricts who sees the case, were there no danger in the message; "" = none. Never raises."""
    ordinary = replace(rule_set, rules=tuple(rule for rule in rule_set.rules if rule.then.danger is None))
    restricting = {rule.name for rule in ordinary.rules if rule.then.restricted}
    return next((name for name in decide(facts, ordinary, "").matched if name in restricting), "")


def _decided(facts: Facts, rule_set: RuleSet, fallback_queue: str) -> Outcome:
    course = _Course(rule_set.prepared(facts), "tags" in rule_set.asks)
    reason: Callable[[], str] | None = None
    for rule in rule_set.candidates(course.facts):
        if course.ended and course.ended_by(rule) is not None:
            continue
        seen = course.facts
        if rule.when.test(seen):
            course.take(rule)
            if reason is None and rule.then.queue:
                reason = _reason_of(rule, seen)
    found = together(course.matched, fallback_queue)
    return Outcome(
        rule=found.rule.name if found.rule else None,
        queue=found.queue,
        priority=found.priority,
        tags=found.tags,
        reason=reason or (lambda: _fallback(fallback_queue, course.matched, facts, NOBODYS)),
        matched=tuple([rule.name for rule in course.matched]),
        more=found.more,
    )


def _reason_of(rule: Rule, seen: Facts) -> Callable[[], str]:
    return lambda: _matched(rule.when.reason(seen))


def _explained(facts: Facts, rule_set: RuleSet, fallback_queue: str, names: Names) -> Decision:
    course = _Course(rule_set.prepared(facts), "tags" in rule_set.asks)
    trials: list[Trial] = []
    for rule in rule_set.rules:
        before = course.ended_by(rule)
        if before is not None:
            why = f"not reached: “{before}” {'raised an alarm' if DANGER in course.ended else 'matched first'}"
            trials.append(Trial(rule=rule.name, matched=False, why=why, group=rule.group.name))
            continue
        trials.append(_trial(rule, course.facts, names))
        if trials[-1].matched:
            course.take(rule)
    found = together(course.matched, fallback_queue)
    if found.rule is None:
        trials.append(Trial(rule=None, matched=True, why=_fallback(fallback_queue, course.matched, facts, names)))
    return _decision(found, course.matched, trials)


def _decision(found: Together, matched: Iterable[Rule], trials: Iterable[Trial]) -> Decision:
    return Decision(
        rule=found.rule.name if found.rule else None,
        queue=found.queue,
        priority=found.priority,
        tags=found.tags,
        explanation=tuple(trials),
        matched=tuple(rule.name for rule in matched),
        more=found.more,
    )


def _trial(rule: Rule, facts: Facts, names: Names) -> Trial:
    compared = rule.when.explain(facts, names)
    why = _matched(compared.why) if compared.matched else f"missed: {compared.why}"
    conditions = compared.conditions if compared.condition == AllOf.name else (compared,)
    return Trial(rule=rule.name, matched=compared.matched, why=why, conditions=conditions, group=rule.group.name)


def _matched(why: str) -> str:
    return f"matched: {why}"


def _fallback(queue: str, matched: Sequence[Rule], facts: Facts, names: Names) -> str:
    no_rule = f"No rule {'that matched names a queue' if matched else 'matched'}"
    if facts.topic == queue:
        topic = names.one(queue, "topic")
        return f"{no_rule}: its topic is “{topic}” ({facts.confidence:.0%} sure), whose queue takes it"
    taken = f"{no_rule}: the inbox’s own queue “{names.one(queue, 'queue')}” takes it"
    return f"{taken} (topics: {facts.topic_by})" if facts.topic_by else taken


def _failed(error: Exception, queue: str, names: Names) -> str:
    """The error's kind alone, since its text could quote the citizen."""
    own = names.one(queue, "queue")
    return f"The rules could not be tried ({type(error).__name__}): the inbox’s own queue “{own}” takes it"
