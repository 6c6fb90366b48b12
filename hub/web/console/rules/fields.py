"""A rule as the fields of a form, and back: a row for each condition, an entry for each effect.

Conditions stand in parts: "all" must hold; of the alternatives "any.0", "any.1" … one is enough; of the exceptions
"none.0" … none may hold. Those of one part must hold together. What is nested more deeply stays as it is written.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import tomli_w

from hub.errors import Invalid
from routing.combinations import COMBINATIONS
from routing.condition import About, ConditionError
from routing.conditions import discover
from routing.effects import FIELDS
from routing.fields import Fields, NotShown, argument_of, entered

Table = dict[str, Any]
Form = Mapping[str, str]

_PART = re.compile(r"all|(any|none)\.(\d\d?)")
PLAIN = ("queue", "priority", "tags")  # effects with entries of their own
MOST_ROWS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A condition in the form. `said`: what is entered for each of its fields; of one without fields its TOML alone."""

    part: str
    name: str
    title: str
    fields: Fields
    said: tuple[Mapping[str, str], ...]
    problem: str = ""

    @property
    def kind(self) -> str:
        """all, any or none"""
        return self.part.partition(".")[0]


def titles() -> dict[str, list[tuple[str, str]]]:
    """Every condition by what it is about: its name, and what it is called where one chooses."""
    found: dict[str, list[tuple[str, str]]] = {about: [] for about in get_args(About)}
    for name, condition in discover().items():
        found[condition.about].append((name, title_of(name)))
    return {about: sorted(there, key=lambda each: each[1].casefold()) for about, there in found.items() if there}


def title_of(name: str) -> str:
    condition = discover().get(name)
    return (condition.title if condition else "") or name.replace("_", " ")


# --- from the rule to the form ---------------------------------------------------------------------------------


def rows_of(when: Mapping[str, Any]) -> tuple[list[Row], Table]:
    """The conditions that the form shows, and the rest of the table, which it doesn't."""
    rows, rest = [], {}
    for key, value in when.items():
        found = _rows_below(key, value) if key in COMBINATIONS else _row("all", key, value)
        if found:
            rows += found
        else:
            rest[key] = value
    return rows, rest


def _rows_below(part: str, tables: Any) -> list[Row]:
    """Of a combination that is as the form has them; [] when it isn't."""
    if not isinstance(tables, list):
        return []
    rows = []
    for place, table in enumerate(tables):
        flat = _flat(table)
        if not flat:
            return []
        rows += [row for key, value in flat for row in _row(part if part == "all" else f"{part}.{place}", key, value)]
    return rows


def _flat(table: Any) -> list[tuple[str, Any]]:
    """The conditions of a table, or of `all` alone in it; [] when more is nested there."""
    if not isinstance(table, dict):
        return []
    if table.keys() == {"all"} and isinstance(table["all"], list):
        inside = [_flat(each) if isinstance(each, dict) and "all" not in each else [] for each in table["all"]]
        return [each for found in inside for each in found] if all(inside) else []
    return [] if any(key in COMBINATIONS for key in table) else list(table.items())


def _row(part: str, name: str, argument: Any) -> list[Row]:
    condition = discover().get(name)
    if condition is None:
        return []
    title = title_of(name)
    try:
        shown = condition.as_entered(argument)
        said = tuple(entered(field, shown) for field in condition.fields)
        fields = condition.fields
    except NotShown:
        fields, said = (), ()
    if not fields:
        said = ({"": _toml_value(argument)},)
    return [Row(part=part, name=name, title=title, fields=fields, said=said)]


def effect_entries(then: Mapping[str, Any]) -> tuple[list[Mapping[str, str]], Table]:
    """What is entered for each of routing.effects.FIELDS, and the effects that the form doesn't show."""
    rest = {key: value for key, value in then.items() if key not in PLAIN}
    said: list[Mapping[str, str]] = []
    for field in FIELDS:
        try:
            said.append(entered(field, {field.key: rest.get(field.key)}))
            rest.pop(field.key, None)
        except NotShown:
            said.append({})
    return said, rest


def fields_of(rule: Mapping[str, Any], place: int) -> dict[str, str]:
    """Everything that stands in the form of this rule; `place` from 0."""
    when, then = rule.get("when", {}), rule.get("then", {})
    rows, rest_when = rows_of(when)
    effects, rest_then = effect_entries(then)
    tags = then.get("tags", [])
    sent = {
        "name": str(rule.get("name", "")),
        "group": str(rule.get("group", "")),
        "place": str(place + 1),
        "when": tomli_w.dumps(rest_when) if rest_when else "",
        "queue": str(then.get("queue", "")),
        "priority": str(then.get("priority", "")),
        "tags": ", ".join([tags] if isinstance(tags, str) else tags),
        "then": tomli_w.dumps(rest_then) if rest_then else "",
    }
    for number, row in enumerate(rows):
        sent |= _sent(f"r{number}", row)
    for number, said in enumerate(effects):
        sent |= {f"e{number}.{part}": text for part, text in said.items()}
    return sent


def _sent(prefix: str, row: Row) -> dict[str, str]:
    entries = {f"{prefix}.f{place}.{key}": text for place, said in enumerate(row.said) for key, text in said.items()}
    return {f"{prefix}.part": row.part, f"{prefix}.name": row.name, **entries}


def _toml_value(value: Any) -> str:
    return tomli_w.dumps({"x": value}).removeprefix("x = ").strip() if not isinstance(value, dict) else _inline(value)


def _inline(table: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_toml_value(value)}" for key, value in table.items()) + " }"


# --- the rows of a form that was sent ---------------------------------------------------------------------------------


def sent_rows(sent: Form, problems: Mapping[str, str] | None = None) -> dict[int, Row]:
    """The conditions as they were filled in, by their number; `problems` by "r0". Raises Invalid for what no form of
    ours sends."""
    return {number: _sent_row(sent, number, problems or {}) for number in numbers(sent)}


def numbers(sent: Form) -> Iterator[int]:
    """Of the conditions that a form has."""
    return (number for number in range(MOST_ROWS) if f"r{number}.name" in sent)


def _sent_row(sent: Form, number: int, problems: Mapping[str, str]) -> Row:
    prefix = f"r{number}"
    name, part = sent[f"{prefix}.name"], sent.get(f"{prefix}.part", "all")
    condition = discover().get(name)
    if condition is None or not _PART.fullmatch(part):
        raise Invalid("There is no such condition.", {prefix: "Choose one of the list."})
    fields = () if f"{prefix}.raw" in sent else condition.fields
    said = tuple(_entries(sent, f"{prefix}.f{place}.") for place in range(max(len(fields), 1)))
    title = title_of(name)
    return Row(part=part, name=name, title=title, fields=fields, said=said, problem=problems.get(prefix, ""))


def _entries(sent: Form, prefix: str) -> dict[str, str]:
    return {key.removeprefix(prefix): value for key, value in sent.items() if key.startswith(prefix)}


def with_row(sent: Form, name: str, part: str) -> dict[str, str]:
    """The form with one more condition, still empty. `part`: one that there is, "any.new" or
    "none.new"."""
    if part.endswith(".new"):
        kind = part.removesuffix(".new")
        there = {row.part for row in sent_rows(sent).values()}
        part = next(f"{kind}.{number}" for number in range(MOST_ROWS + 1) if f"{kind}.{number}" not in there)
    if name not in discover() or not _PART.fullmatch(part):
        raise Invalid("There is no such condition.", {"add": "Choose one of the list."})
    free = next((number for number in range(MOST_ROWS) if f"r{number}.name" not in sent), None)
    if free is None:
        raise Invalid("These are too many conditions.", {"add": f"A rule has at most {MOST_ROWS}."})
    return {**sent, f"r{free}.name": name, f"r{free}.part": part}


def number_of_part(part: str) -> int:
    """2 of "any.2"."""
    return int(part.partition(".")[2])


def without_row(sent: Form, number: int) -> dict[str, str]:
    return {key: value for key, value in sent.items() if not key.startswith(f"r{number}.")}


# --- from the form to the rule ---------------------------------------------------------------------------------


def rule_of(sent: Form) -> Table:
    """The rule that the form describes. Raises Invalid: by row ("r0") and by field."""
    rule: Table = {"name": sent.get("name", "").strip(), "when": when_of(sent), "then": _then(sent)}
    return {**rule, "group": sent["group"]} if sent.get("group") else rule


def when_of(sent: Form) -> Table:
    """Only its conditions. Raises Invalid."""
    problems: dict[str, str] = {}
    parts: defaultdict[str, list[Table]] = defaultdict(list)
    for number in numbers(sent):
        row, argument = _sent_row(sent, number, {}), None
        try:
            argument = argument_of(row.fields, row.said) if row.fields else _toml_of(row.said[0].get("", ""))
            discover()[row.name].parse(argument).check()
            parts[row.part].append({row.name: argument})
        except ConditionError as error:
            problems[f"r{number}"] = f"{row.title}: {_reason(argument, error)}"
    if problems:
        raise Invalid("Some conditions can't be used as they are.", problems)
    rest = _toml(sent.get("when", ""), "when")
    if not rest and not parts:
        raise Invalid("When does it match?", {"add": "Add a condition, such as words in the message."})
    return _put_together(parts, rest)


def _reason(argument: Any, error: ConditionError) -> str:
    return "nothing is filled in yet" if argument in (None, [], {}, "-") else str(error)


def _put_together(parts: Mapping[str, Sequence[Table]], rest: Table) -> Table:
    """What can stand side by side does; what would stand there twice stands below `all`."""
    when = _together(parts.get("all", ()))
    for kind in ("any", "none"):
        there = sorted((part for part in parts if part.startswith(kind)), key=number_of_part)
        if there:
            when[kind] = [_together(parts[part]) for part in there]
    again = when.keys() & rest.keys()
    if not again:
        return {**when, **rest}
    return {"all": [*([] if not when else [when]), rest]}


def _together(tables: Sequence[Table]) -> Table:
    names = [name for table in tables for name in table]
    if len(set(names)) < len(names):
        return {"all": list(tables)}
    return {name: argument for table in tables for name, argument in table.items()}


def _then(sent: Form) -> Table:
    then: Table = {key: sent[key] for key in ("queue", "priority") if sent.get(key)}
    if tags := [tag.strip() for tag in sent.get("tags", "").split(",") if tag.strip()]:
        then["tags"] = tags
    said = [_entries(sent, f"e{number}.") for number in range(len(FIELDS))]
    return {**then, **argument_of(FIELDS, said), **_toml(sent.get("then", ""), "then")}


def _toml(text: str, field_name: str) -> Table:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise Invalid("This can't be read.", {field_name: f"Not TOML: {error}"}) from None


def _toml_of(text: str) -> Any:
    try:
        return tomllib.loads(f"x = {text.strip()}")["x"]
    except tomllib.TOMLDecodeError as error:
        raise ConditionError(f"can't be read as TOML: {error}") from None
