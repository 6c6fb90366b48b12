"""What rules do with a message: read, checked, and put together where several rules match."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from routing import arguments
from routing.compiling import Complain, Known
from routing.condition import ConditionError
from routing.fields import Field, Fields

if TYPE_CHECKING:
    from routing.dangers import Danger
    from routing.rules import Rule

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
Texts = tuple[tuple[str, str], ...]  # (language, text); language "" = whatever the citizen's

LONGEST_QUESTION = 1000  # characters
KEYS = (
    "queue", "priority", "tags", "type", "language", "template", "restricted", "notify", "hold", "ask",
)  # fmt: skip

FIELDS: Fields = (  # of a form, beyond queue, priority and tags
    Field(kind="one", key="type", label="Type of case", of="type"),
    Field(kind="one", key="language", label="Answer in this language from now on", of="language"),
    Field(kind="one", key="template", label="Acknowledge with this template", of="template"),
    Field(kind="switch", key="restricted", label="Only the queue’s members, the holder and a few roles see the case"),
    Field(kind="lines", key="notify", label="Tell these people", hint="Mail addresses and numbers, one on each line."),
    Field(kind="text", key="hold", label="Put it off for", hint="Such as 30m, 4h or 2d."),
    Field(kind="text by language", key="ask", label="Ask the citizen"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What one rule does. Empty and None: it leaves that to others."""

    queue: str = ""  # slug
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    type: str = ""  # of case: slug
    language: str = ""  # of answers
    template: str = ""  # slug of the acknowledgement's words
    restricted: bool = False
    notify: tuple[str, ...] = ()  # mail addresses and phone numbers
    hold: timedelta | None = None  # put away for so long
    ask: Texts = ()  # a question to the citizen
    danger: "Danger | None" = None  # raise this alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What all rules that matched do beyond queue, priority and tags."""

    type: str = ""
    language: str = ""
    template: str = ""
    restricted: bool = False
    notify: tuple[str, ...] = ()
    hold: timedelta | None = None
    ask: Texts = ()
    dangers: tuple["Danger", ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON types; only what is there."""
        return {
            name: value
            for name, value in {
                "type": self.type,
                "language": self.language,
                "template": self.template,
                "restricted": self.restricted,
                "notify": list(self.notify),
                "hold": int(self.hold.total_seconds()) if self.hold else 0,  # seconds
                "ask": dict(self.ask),
                "dangers": [danger.name for danger in self.dangers],
            }.items()
            if value
        }


NOTHING_MORE = More()


class Together(NamedTuple):
    """The effects of all rules that matched. `rule` is the one whose queue it is; None: the inbox's own queue."""

    rule: "Rule | None"
    queue: str
    priority: Priority
    tags: tuple[str, ...]
    more: More


def together(matched: Iterable["Rule"], fallback_queue: str) -> Together:
    """The first rule that says something of a kind has its way; the highest priority counts, tags and people to be told
    add up, and one that restricts is enough."""
    rules = list(matched)
    if not rules:
        return Together(None, fallback_queue, "normal", (), NOTHING_MORE)
    placing = next((rule for rule in rules if rule.then.queue), None)
    effects = [rule.then for rule in rules]
    priorities = [effect.priority for effect in effects if effect.priority]
    return Together(
        rule=placing,
        queue=placing.then.queue if placing else fallback_queue,
        priority=max(priorities, key=PRIORITIES.index, default="normal"),
        tags=tuple(dict.fromkeys([tag for effect in effects for tag in effect.tags])),
        more=_more(effects),
    )


def _more(effects: list[Effects]) -> More:
    if all(map(_is_plain, effects)):
        return NOTHING_MORE
    return More(
        type=next((effect.type for effect in effects if effect.type), ""),
        language=next((effect.language for effect in effects if effect.language), ""),
        template=next((effect.template for effect in effects if effect.template), ""),
        restricted=any(effect.restricted for effect in effects),
        notify=tuple(dict.fromkeys(each for effect in effects for each in effect.notify)),
        hold=next((effect.hold for effect in effects if effect.hold), None),
        ask=next((effect.ask for effect in effects if effect.ask), ()),
        dangers=tuple(effect.danger for effect in effects if effect.danger),
    )


def _is_plain(effect: Effects) -> bool:
    return not (
        effect.type or effect.language or effect.template or effect.restricted or effect.notify or effect.hold
        or effect.ask or effect.danger
    )  # fmt: skip


def parse_effects(then: object, known: Known, complain: Complain, *, needs_queue: bool) -> Effects | None:
    """The `then` of a rule. Tells every problem to `complain`."""
    if not isinstance(then, Mapping):
        complain("then", "is missing" if then is None else f"must be a table, not {arguments.kind(then)}")
        return None
    for key in then:
        if key not in KEYS:
            complain(f"then.{key}", f"there is no such key; there are {', '.join(KEYS)}")
    if not then and not needs_queue:
        complain("then", "has no effect")
    reading = _Reading(then, known, complain)
    return Effects(
        queue=reading.named("queue", needed=needs_queue),
        priority=reading.priority(),
        tags=() if then.get("tags") == [] else reading.words("tags"),
        type=reading.named("type"),
        language=reading.language(),
        template=reading.named("template"),
        restricted=reading.restricted(),
        notify=reading.read("notify", arguments.reachable, ()),
        hold=reading.read("hold", arguments.elapsing, None),
        ask=reading.read("ask", lambda written: arguments.texts(written, LONGEST_QUESTION), ()),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    then: Mapping[str, Any]
    known: Known
    complain: Complain

    def read(self, key: str, parse: Any, otherwise: Any) -> Any:
        written = self.then.get(key)
        if written is None:
            return otherwise
        try:
            return parse(written)
        except ConditionError as error:
            self.complain(f"then.{key}{error.key}", str(error))
            return otherwise

    def words(self, key: str) -> tuple[str, ...]:
        found: tuple[str, ...] = self.read(key, arguments.words, ())
        return found

    def named(self, key: str, *, needed: bool = False) -> str:
        """Something that exists under this name."""
        written = self.then.get(key)
        if written is None and not needed:
            return ""
        if written is None:
            self.complain(f"then.{key}", f"name the {key} that takes the case")
        elif not isinstance(written, str):
            self.complain(f"then.{key}", f"must be a string, not {arguments.kind(written)}")
        elif written not in self.known.get(key, frozenset({written})):
            self.complain(f"then.{key}", f'there is no {key} "{written}"')
        return str(written)

    def priority(self) -> Priority | None:
        written = self.then.get("priority")
        if written is not None and written not in PRIORITIES:
            self.complain("then.priority", f"must be one of {', '.join(PRIORITIES)}")
            return None
        return written

    def language(self) -> str:
        written = self.then.get("language", "")
        if written == "" or (isinstance(written, str) and arguments.LANGUAGE.fullmatch(written)):
            return str(written)
        self.complain("then.language", "must be a language tag such as en or cy")
        return ""

    def restricted(self) -> bool:
        written = self.then.get("restricted", False)
        if not isinstance(written, bool):
            self.complain("then.restricted", f"must be true or false, not {arguments.kind(written)}")
        return written is True
