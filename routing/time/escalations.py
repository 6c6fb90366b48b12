"""Escalations: what happens before and after a target, step by step. Pure: deadlines in, the next step out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, get_args

from routing.rules import LONGEST_NAME, Priority
from routing.time.calendars import Hours, parse_duration

TARGETS = ("first_response", "next_response", "resolution", "callback")
GROUPS = ("holder", "leaders", "queue")

_KEYS = ("name", "queues", "types", "of", "before", "after", "then")
_EFFECTS = ("notify", "priority", "assign", "queue", "release")

Complain = Callable[[str, str], None]  # key, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Something that a case owes by a moment."""

    of: str  # one of TARGETS, or the name of a statutory clock
    title: str  # in words
    at: datetime  # aware
    statutory: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One step, as the council file has it."""

    name: str
    queues: frozenset[str] = frozenset()  # slugs; none = every queue
    types: frozenset[str] = frozenset()  # slugs; none = whatever the type
    of: str = ""  # a target or a clock; "" = each
    before: str = ""  # working time before it; one of both at most
    after: str = ""
    notify: tuple[str, ...] = ()  # GROUPS, or e-mail addresses
    priority: Priority | None = None  # raised to it, never lowered
    assign: str = ""  # e-mail address
    queue: str = ""  # slug: transferred there
    release: bool = False  # given back to its queue

    @classmethod
    def of_table(cls, table: Mapping[str, Any]) -> "Escalation":
        """Of an entry in which `problems_of` found nothing."""
        then = table["then"]
        return cls(
            name=table["name"],
            queues=frozenset(table.get("queues", ())),
            types=frozenset(table.get("types", ())),
            of=table.get("of", ""),
            before=table.get("before", ""),
            after=table.get("after", ""),
            notify=tuple(then.get("notify", ())),
            priority=then.get("priority"),
            assign=then.get("assign", ""),
            queue=then.get("queue", ""),
            release=then.get("release", False),
        )

    def concerns(self, queue: str, case_type: str) -> bool:
        return (not self.queues or queue in self.queues) and (not self.types or case_type in self.types)

    def told_beside(self) -> "Escalation":
        """What it may do with another queue's case that is shared: tell people and raise the priority."""
        return replace(self, assign="", queue="", release=False)

    def moment(self, deadline: Deadline, hours: Hours) -> datetime:
        """When it is carried out for this deadline, which is in the council's zone."""
        if self.before:
            return hours.subtract_working_time(deadline.at, parse_duration(self.before, hours))
        if self.after:
            return hours.add_working_time(deadline.at, parse_duration(self.after, hours))
        return deadline.at


@dataclass(frozen=True, slots=True)
class Step:
    """An escalation at its moment for one deadline."""

    at: datetime
    escalation: Escalation
    deadline: Deadline

    @property
    def key(self) -> str:
        """Names it in what is stored: the same deadline moved to another moment is escalated anew."""
        return f"{self.escalation.name}/{self.deadline.of}/{self.deadline.at.isoformat()}"


def steps_of(escalations: Sequence[Escalation], deadlines: Iterable[Deadline], hours: Hours) -> list[Step]:
    """Every step, the earliest first."""
    steps = [
        Step(escalation.moment(deadline, hours), escalation, deadline)
        for deadline in deadlines
        for escalation in escalations
        if escalation.of in ("", deadline.of)
    ]
    return sorted(steps, key=lambda step: step.at)


# --- the council file ------------------------------------------------------------------------------------------


def problems_of(
    entry: Mapping[str, Any],
    queues: AbstractSet[str],
    types: AbstractSet[str],
    agents: AbstractSet[str],
    clocks: AbstractSet[str],
    complain: Complain,
) -> None:
    """Tells what is wrong with an [[escalation]], by key; the sets are what the council file has."""
    for key in entry:
        if key not in _KEYS:
            complain(key, f"there is no such key; there are {', '.join(_KEYS)}")
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        complain("name", f"must be one line of at most {LONGEST_NAME} characters")
    _check_slugs(entry, "queues", queues, "queue", complain)
    _check_slugs(entry, "types", types, "type", complain)
    if entry.get("of", "") not in {"", *TARGETS, *clocks}:
        complain("of", f"must be one of {', '.join((*TARGETS, *sorted(clocks)))}")
    for key in ("before", "after"):
        if key in entry:
            _check_duration(entry[key], key, complain)
    if "before" in entry and "after" in entry:
        complain("after", "only one of before and after; neither is the target's own moment")
    then = entry.get("then")
    if not isinstance(then, Mapping) or not then:
        complain("then", f"must be a table with one of {', '.join(_EFFECTS)}")
    else:
        _check_effects(then, queues, agents, lambda key, reason: complain(f"then.{key}", reason))


def _check_effects(
    then: Mapping[str, Any], queues: AbstractSet[str], agents: AbstractSet[str], complain: Complain
) -> None:
    for key in then:
        if key not in _EFFECTS:
            complain(key, f"there is no such key; there are {', '.join(_EFFECTS)}")
    _check_slugs(then, "notify", {*GROUPS, *agents}, f"agent or group ({', '.join(GROUPS)})", complain)
    if then.get("priority") not in {None, *get_args(Priority)}:
        complain("priority", f"must be one of {', '.join(get_args(Priority))}")
    if then.get("assign", "") not in {"", *agents}:
        complain("assign", "must be the e-mail address of an agent")
    if then.get("queue", "") not in {"", *queues}:
        complain("queue", f'there is no queue "{then["queue"]}"')
    if not isinstance(then.get("release", False), bool):
        complain("release", "must be true or false")


def _check_slugs(table: Mapping[str, Any], key: str, known: AbstractSet[str], kind: str, complain: Complain) -> None:
    given = table.get(key, [])
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        complain(key, "must be a list of strings")
        return
    for place, each in enumerate(given):
        if each not in known:
            complain(f"{key}[{place}]", f'there is no {kind} "{each}"')


def _check_duration(written: object, key: str, complain: Complain) -> None:
    try:
        if parse_duration(written, Hours.always()) > timedelta(days=90):
            complain(key, "at most 90 days")
    except ValueError as error:
        complain(key, str(error))
