"""Reads a council file: TOML text in, a CouncilFile out, or every problem that it has."""

import math
import re
import tomllib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from channels.contract import Channel
from channels.registry import discover, menu_tags
from hub.council_file.lines import Lines, Path, locate
from hub.council_file.problems import CouncilFileErrors, Finding, Problem, dotted, in_words, keyed, steps
from hub.council_file.tables import (
    DEFAULTS,
    AgentTable,
    CouncilFile,
    CouncilTable,
    DepartmentTable,
    InboxTable,
    QueueTable,
    Surroundings,
    address_of,
    email_address,
    known_country,
)
from hub.council_file.time_tables import HolidayTable, TypeTable, check_time
from hub.council_file.writing_tables import TemplateTable
from routing.arguments import kind
from routing.review import doubts
from routing.rules import BESIDE, RuleErrors, RuleProblem, RuleSet

Table = dict[str, Any]
T = TypeVar("T", bound=BaseModel)

_LISTS = ("department", "queue", "inbox", "rule", "agent", "holiday", "type", "escalation", "template", *BESIDE)
_SCHEMES_WITH_ADDRESS = ("tel", "mailto")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


def parse(text: str, channels: Mapping[str, Channel] | None = None) -> CouncilFile:
    """The council that the text describes; `channels` are those on disk when None. Raises CouncilFileErrors."""
    text = text.replace("\r\n", "\n")
    document, lines = _document(text)
    reading = _Reading(document, discover() if channels is None else channels)
    file = reading.read()
    if reading.findings or file is None:
        raise CouncilFileErrors(_problems(reading.findings, lines))
    return replace(file, doubts=tuple(sorted(_problems(reading.doubts, lines))))


def _document(text: str) -> tuple[Table, Lines]:
    try:
        return tomllib.loads(text), locate(text)
    except tomllib.TOMLDecodeError as error:
        raise CouncilFileErrors([syntax_problem(str(error), text)]) from None
    except RecursionError:
        raise CouncilFileErrors([Problem(1, "", "the tables and lists are nested too deeply")]) from None


def syntax_problem(message: str, text: str) -> Problem:
    place = _PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    reason = _PLACE.sub("", message)
    return Problem(line, "", f"not TOML: {reason[:1].lower()}{reason[1:]}")


def _problems(findings: Mapping[Path, str], lines: Lines) -> Iterator[Problem]:
    return (Problem(lines.of(path), dotted(path), reason) for path, reason in findings.items())


class _Reading:
    """One document on its way; `findings` has the first thing wrong at each place."""

    def __init__(self, document: Table, channels: Mapping[str, Channel]) -> None:
        self.findings: dict[Path, str] = {}
        self.doubts: dict[Path, str] = {}  # what is allowed and looks wrong
        self._document = document
        self._channels = channels
        self._tables = {name: self._list_of_tables(name) for name in _LISTS}
        self._departments = self._slugs("department")
        self._queues = self._slugs("queue")

    def read(self) -> CouncilFile | None:
        """None when something is missing; what is wrong stands in `findings`."""
        for key in self._document:
            if key not in ("council", *_LISTS):
                self._complain((key,), f"there is no such table; there are {', '.join(('council', *_LISTS))}")
        council = self._council()
        around = Surroundings(self._channels, self._country())
        departments = self._validated("department", DepartmentTable)
        queues = self._validated("queue", QueueTable)
        inboxes = self._validated("inbox", InboxTable, around)
        agents = self._validated("agent", AgentTable)
        holidays = self._validated("holiday", HolidayTable)
        types = self._validated("type", TypeTable)
        templates = self._validated("template", TemplateTable, around)
        check_time(self._document, self._tables, around.country, self._complain_at)
        self._check_references()
        self._check_configs()
        self._check_repeats(around)
        self._check_rules()
        self._check_storable((), self._document)
        if council is None:
            return None
        rules = tuple(self._tables["rule"].values())
        return CouncilFile(
            council=council,
            departments=departments,
            queues=queues,
            inboxes=inboxes,
            rules=rules,
            beside=self._beside(),
            agents=agents,
            holidays=holidays,
            types=types,
            templates=templates,
            escalations=tuple(self._tables["escalation"].values()),
        )

    def _complain(self, path: Path, reason: str) -> None:
        self.findings.setdefault(path, reason)

    def _complain_at(self, path: Path) -> Callable[[str, str], None]:
        """Complains by keys below this path."""
        return lambda key, reason: self._complain((*path, *steps(key)), reason)

    def _list_of_tables(self, name: str) -> dict[int, Table]:
        """The [[name]] tables by their place."""
        entries = self._document.get(name, [])
        if not isinstance(entries, list):
            self._complain((name,), f"must be a list of tables: write [[{name}]]")
            return {}
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict):
                self._complain((name, index), f"must be a table, not {kind(entry)}")
        return {index: entry for index, entry in enumerate(entries) if isinstance(entry, dict)}

    def _slugs(self, name: str) -> frozenset[str]:
        slugs = (table.get("slug") for table in self._tables[name].values())
        return frozenset(slug for slug in slugs if isinstance(slug, str))

    # --- each table by itself -------------------------------------------------------------------------------

    def _council(self) -> CouncilTable | None:
        table = self._document.get("council")
        if not isinstance(table, dict):
            self._complain(("council",), "is missing" if table is None else f"must be a table, not {kind(table)}")
            return None
        return self._validate(("council",), CouncilTable, table, None)

    def _country(self) -> str:
        table = self._document.get("council")
        written = table.get("country", "GB") if isinstance(table, dict) else ""
        try:
            return known_country(written) if isinstance(written, str) else ""
        except ValueError:
            return ""

    def _validated(self, name: str, model: type[T], around: Surroundings | None = None) -> tuple[T, ...]:
        """Those that are right by themselves."""
        found = (self._validate((name, index), model, table, around) for index, table in self._tables[name].items())
        return tuple(entry for entry in found if entry is not None)

    def _validate(self, path: Path, model: type[T], table: Table, around: Surroundings | None) -> T | None:
        channel = table.get("channel")
        filled = {**DEFAULTS.get(channel if isinstance(channel, str) else "", {}), **table} if around else table
        try:
            return model.model_validate(filled, context=around)
        except ValidationError as error:
            for where, reason in in_words(error.errors(), path, model.model_fields):
                self._complain(where, reason)
            return None

    # --- how they fit together ------------------------------------------------------------------------------

    def _check_references(self) -> None:
        for index, queue in self._tables["queue"].items():
            self._refers(("queue", index, "department"), queue.get("department"), "department", self._departments)
        for index, inbox in self._tables["inbox"].items():
            self._refers(("inbox", index, "queue"), inbox.get("queue"), "queue", self._queues)
            self._check_failover(index, inbox)
        for index, agent in self._tables["agent"].items():
            queues = agent.get("queues")
            for place, slug in enumerate(queues if isinstance(queues, list) else ()):
                self._refers(("agent", index, "queues", place), slug, "queue", self._queues)

    def _refers(self, path: Path, slug: object, kind_of: str, slugs: frozenset[str]) -> None:
        if isinstance(slug, str) and slug not in slugs:
            self._complain(path, f'there is no {kind_of} "{slug}"')

    def _check_failover(self, index: int, inbox: Table) -> None:
        named = inbox.get("failover")
        if not named or not isinstance(named, str):
            return
        path = ("inbox", index, "failover")
        channel, _, name = named.partition("/")
        others = {(other.get("channel"), other.get("name")) for other in self._tables["inbox"].values()}
        if (channel, name) not in others:
            self._complain(path, f'there is no inbox "{named}": write channel/name')
        elif (channel, name) == (inbox.get("channel"), inbox.get("name")):
            self._complain(path, "must be another inbox than this one")
        elif channel != inbox.get("channel"):
            self._complain(path, f"must be an inbox of the same channel ({inbox.get('channel')})")

    def _check_configs(self) -> None:
        for index, inbox in self._tables["inbox"].items():
            channel = self._channels.get(str(inbox.get("channel")))
            config = inbox.get("config", {})
            if channel is None or not isinstance(config, dict):
                continue
            if channel.scheme in _SCHEMES_WITH_ADDRESS and not inbox.get("address"):
                self._complain(("inbox", index, "address"), "is missing")
            for sentence in channel.check(config):
                self._complain(*keyed(sentence, ("inbox", index, "config")))

    def _check_repeats(self, around: Surroundings) -> None:
        self._once("department", "slug", lambda table: table.get("slug"))
        self._once("queue", "slug", lambda table: table.get("slug"))
        self._once("type", "slug", lambda table: table.get("slug"))
        self._once("escalation", "name", lambda table: table.get("name"))
        self._once("template", "slug", lambda table: table.get("slug"))
        self._once("agent", "email", lambda table: _or_none(email_address, table.get("email")))
        self._once("inbox", "name", lambda table: _pair(table.get("channel"), table.get("name")))
        self._once("inbox", "address", lambda table: _pair(table.get("channel"), _address(table, around)))

    def _once(self, name: str, key: str, identity: Callable[[Table], Hashable]) -> None:
        seen: set[Hashable] = set()
        for index, table in self._tables[name].items():
            mine = identity(table)
            if mine is not None and mine in seen:
                of_channel = f" of this channel ({table.get('channel')})" if name == "inbox" else ""
                self._complain((name, index, key), f"another {name}{of_channel} has the same {key}")
            seen.add(mine)

    def _check_rules(self) -> None:
        named = ("type", "template")
        known = {name: self._slugs(name) for name in named if name in self._tables}
        known["channel"] = frozenset(self._channels)
        known["inbox"] = frozenset(str(table.get("name")).casefold() for table in self._tables["inbox"].values())
        entries = list(self._tables["rule"].values())
        try:
            rule_set = RuleSet.parse(entries, self._queues, beside=self._beside(), known=known)
        except RuleErrors as errors:
            for problem in errors.problems:
                self._complain(self._rule_path(problem), problem.reason)
        else:
            configs = ((table.get("channel"), table.get("config")) for table in self._tables["inbox"].values())
            known["menu"] = menu_tags(self._channels, ((str(name), it) for name, it in configs if isinstance(it, dict)))
            known["topic"] = self._queues
            self.doubts = {self._rule_path(doubt): doubt.reason for doubt in doubts(rule_set, entries, known)}

    def _rule_path(self, problem: RuleProblem) -> Path:
        places = list(self._tables[problem.table])
        return (problem.table, places[problem.index], *steps(problem.key))

    def _beside(self) -> dict[str, list[Table]]:
        """The tables that rules are read with, those that there are."""
        return {name: list(self._tables[name].values()) for name in BESIDE if self._tables[name]}

    def _check_storable(self, path: Path, value: object) -> None:
        """Every value fits into JSON and into a database's text."""
        for where, reason in _unstorable(path, value):
            self._complain(where, reason)


def _pair(channel: object, value: object) -> tuple[str, str] | None:
    return (channel, value) if isinstance(channel, str) and isinstance(value, str) and value else None


def _or_none(normal: Callable[[str], str], written: object) -> str | None:
    try:
        return normal(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _address(inbox: Table, around: Surroundings) -> str | None:
    channel = around.channels.get(str(inbox.get("channel")))
    if channel is None or not inbox.get("address"):
        return None
    return _or_none(lambda written: address_of(channel.scheme, written, around.country), inbox["address"])


def _unstorable(path: Path, value: object) -> Iterator[Finding]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _unstorable((*path, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unstorable((*path, index), inner)
    elif isinstance(value, str) and "\x00" in value:
        yield path, "holds the character U+0000, which can't be stored"
    elif isinstance(value, datetime | date | time):
        yield path, "must not be a date or time: write it as a string"
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "must be a finite number"
