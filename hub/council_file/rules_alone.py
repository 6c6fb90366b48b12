"""Rules in a file of their own, or in a whole council file: what a replay, a draft or an import reads."""

import tomllib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from hub.council_file.lines import locate
from hub.council_file.problems import CouncilFileErrors, Problem, dotted, steps
from hub.council_file.reading import syntax_problem
from routing.compiling import Known
from routing.review import doubts
from routing.rules import BESIDE, RuleErrors, RuleProblem, RuleSet

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RuleTables:
    """As written, in order, and checked."""

    rules: list[Table]
    beside: dict[str, list[Table]]
    doubts: tuple[Problem, ...] = ()  # what is allowed and looks wrong


def read_rules(
    text: str,
    queues: AbstractSet[str],
    known: Known | None = None,
    otherwise: Mapping[str, list[Table]] | None = None,
) -> RuleTables:
    """The [[rule]], [[group]], [[danger]] and [[ward]] tables of the text; whatever else stands there is left alone,
    and its queues exist. `otherwise`: the groups, dangers and wards that count where the text has none of the kind.
    Raises CouncilFileErrors with line, key and reason."""
    text = text.replace("\r\n", "\n")
    try:
        document, lines = tomllib.loads(text), locate(text)
    except tomllib.TOMLDecodeError as error:
        raise CouncilFileErrors([syntax_problem(str(error), text)]) from None
    except RecursionError:
        raise CouncilFileErrors([Problem(1, "", "the tables and lists are nested too deeply")]) from None
    tables = {name: _listed(document, name) for name in ("rule", *BESIDE)}
    there = {str(queue["slug"]) for queue in _listed(document, "queue") if isinstance(queue.get("slug"), str)}
    beside = {name: tables[name] or list((otherwise or {}).get(name, ())) for name in BESIDE}
    beside = {name: entries for name, entries in beside.items() if entries}

    def problem(found: RuleProblem) -> Problem:
        path = (found.table, found.index, *steps(found.key))
        return Problem(lines.of(path), dotted(path), found.reason)

    try:
        rule_set = RuleSet.parse(tables["rule"], queues | there, beside=beside, known=known)
    except RuleErrors as errors:
        raise CouncilFileErrors(map(problem, errors.problems)) from None
    return RuleTables(tables["rule"], beside, tuple(map(problem, doubts(rule_set, tables["rule"]))))


def _listed(document: Table, name: str) -> list[Table]:
    entries = document.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CouncilFileErrors([Problem(1, name, f"must be a list of tables: write [[{name}]]")])
    return entries
