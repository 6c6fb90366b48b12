"""What stands on the page of one rule: its conditions by how they count, and each entry with what may be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from hub.directory import Directory
from hub.queries.templates import templates
from hub.queries.time import case_types
from hub.web.console import words
from hub.web.console.rules.fields import Form, Row, sent_rows
from hub.web.console.rules.parts import part_choices
from routing.conditions.channel import way
from routing.effects import FIELDS
from routing.fields import Choices, Field, Said
from routing.languages import language_called
from routing.rules import Beside
from routing.texts.stems import LANGUAGES

OfCouncil = Mapping[str, Choices]  # by Field.of

_HEADINGS = {
    "all": "All of these must hold",
    "any": "And at least one of these",
    "none": "And none of these may hold",
}
_MOST_LINES = 10
_TEXTAREAS = ("lines", "lines by language", "text by language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field of a form. `name` begins the names of what it sends; `said` is by what follows there."""

    field: Field
    name: str
    said: Said
    choices: Choices

    @property
    def id(self) -> str:
        return self.name.rstrip(".").replace(".", "-")

    @property
    def lines(self) -> int:
        """How high its texts are shown."""
        if self.field.kind not in _TEXTAREAS:
            return 1
        longest = max((text.count("\n") + 2 for text in self.said.values()), default=2)
        return max(2 if self.field.kind == "text by language" else 3, min(longest, _MOST_LINES))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCondition:
    """A row of the form; without entries it is written as in the council file."""

    number: int
    row: Row
    entries: tuple[Entry, ...]
    counts: tuple[tuple[str, str], ...]  # how it may count: (part, in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPart:
    """Conditions that count alike."""

    kind: str  # all, any, none
    heading: str
    conditions: tuple[ShownCondition, ...]


def shown_parts(sent: Form, problems: Mapping[str, str], council: OfCouncil) -> tuple[ShownPart, ...]:
    """Raises Invalid for what no form of ours sends."""
    rows = sent_rows(sent, problems)
    found: list[ShownPart] = []
    for kind, heading in _HEADINGS.items():
        there = sorted((row.part, number) for number, row in rows.items() if row.kind == kind)
        if there:
            conditions = tuple(_condition(rows, number, council) for _, number in there)
            shown = heading if found else heading.removeprefix("And ").capitalize()
            found.append(ShownPart(kind=kind, heading=shown, conditions=conditions))
    return tuple(found)


def _condition(rows: Mapping[int, Row], number: int, council: OfCouncil) -> ShownCondition:
    row = rows[number]
    entries = tuple(
        _entry(field, f"r{number}.f{place}.", said, council)
        for place, (field, said) in enumerate(zip(row.fields, row.said, strict=False))
    )
    return ShownCondition(number=number, row=row, entries=entries, counts=tuple(part_choices(rows, number)))


def effect_entries(sent: Form, council: OfCouncil) -> tuple[Entry, ...]:
    """Of all effects but queue, priority and tags."""
    found = []
    for number, field in enumerate(FIELDS):
        prefix = f"e{number}."
        said = {key.removeprefix(prefix): value for key, value in sent.items() if key.startswith(prefix)}
        found.append(_entry(field, prefix, said, council))
    return tuple(found)


def _entry(field: Field, name: str, said: Said, council: OfCouncil) -> Entry:
    """What was chosen once and is there no more stays a choice, so that it isn't lost unseen."""
    choices = field.choices or council.get(field.of, ())
    if field.kind == "text by language":
        choices = (("", "any language"), *council["language"])
    offered = {value for value, _ in choices}
    if field.kind == "one":
        gone = [said[""]] if said.get("") and said[""] not in offered else []
    elif field.kind in ("some", "lines by language", "text by language"):
        gone = [value for value in said if value not in offered]
    else:
        gone = []
    by_language = "language" in (field.key, field.kind.rpartition(" ")[2])
    kept = ((value, language_called(value) if by_language else value) for value in gone)
    return Entry(field=field, name=name, said=said, choices=(*choices, *kept))


def council_choices(session: Session, directory: Directory, beside: Beside) -> OfCouncil:
    """What this council has to choose from."""
    queues = tuple((queue.slug, queue.name) for queue in directory.queues.values() if queue.active)
    inboxes = directory.inbox_by_name.values()
    by_name: dict[str, list[str]] = {}
    for entry in inboxes:
        by_name.setdefault(entry.port.name, []).append(words.channel(entry.channel))
    stems = [language for language in directory.languages if language in LANGUAGES] or ["en"]
    return {
        "queue": queues,
        "topic": queues,
        "channel": tuple((name, _capital(way(name))) for name in sorted({entry.channel for entry in inboxes})),
        "menu": menu_choices(directory),
        "inbox": tuple((name, f"{name} ({', '.join(channels)})") for name, channels in by_name.items()),
        "ward": tuple((str(ward["name"]), str(ward["name"])) for ward in beside.get("ward", ())),
        "type": tuple((each.slug, each.name) for each in case_types(session)),
        "template": tuple((each.slug, each.name) for each in templates(session)),
        "stems": _in_languages(stems),
        "language": _in_languages(directory.languages),
    }


def _capital(called: str) -> str:
    return called[:1].upper() + called[1:]


def _in_languages(tags: Sequence[str]) -> Choices:
    return tuple((tag, language_called(tag)) for tag in tags)


def menu_choices(directory: Directory) -> Choices:
    """What callers choose in phone menus: tags, and what they hear these called."""
    return tuple((tag, _capital(called)) for tag, called in directory.names.by_kind.get("menu", {}).items())


def inbox_choices(directory: Directory) -> tuple[tuple[str, Choices], ...]:
    """Where a message may come to: by channel in words, ("sms/main", "main: +441632960100")."""
    by_channel: dict[str, list[tuple[str, str]]] = {}
    for (channel, name), entry in sorted(directory.inbox_by_name.items()):
        shown = f"{name}: {entry.port.address}" if entry.port.address else name
        by_channel.setdefault(words.channel(channel), []).append((f"{channel}/{name}", shown))
    return tuple((channel, tuple(choices)) for channel, choices in by_channel.items())
