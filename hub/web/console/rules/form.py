"""The page of one rule: its conditions as rows, its effects, and a message to try on it while it is being written.

One form and one address: the button that was pressed says what is to be done with it (`do`: keep, add, remove.N, try).
The script presses the same buttons and takes parts of the page that comes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session
from starlette.responses import Response

from hub.actions.council.rule_drafts import change_draft
from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.models.base import utcnow
from hub.queries.rules import DraftView, require_draft
from hub.queries.views import AgentView
from hub.web.console.reading import Navigation, navigation
from hub.web.console.rules.access import edition, require_writer
from hub.web.console.rules.entries import council_choices, effect_entries, inbox_choices, shown_parts
from hub.web.console.rules.fields import (
    MOST_ROWS,
    Table,
    fields_of,
    rule_of,
    sent_rows,
    title_of,
    titles,
    with_row,
    without_row,
)
from hub.web.console.rules.message import TRY_PLACES
from hub.web.console.rules.parts import NEW, with_even_parts
from hub.web.console.rules.trying import NAMELESS, TriedRule, try_rule
from hub.web.console.visit import Form, Visit
from hub.web.console.words import isolated
from routing.arranging import group_of, in_turn
from routing.effects import FIELDS, PRIORITIES
from routing.review import place_of_new
from routing.rules import Beside, RuleErrors, RuleSet

_FIRST = "text_contains"  # what a new rule begins with
_PLACES = {"name": "rule-name", "group": "rule-group", "place": "rule-place", "add": "rule-add", "when": "rule-when",
           "queue": "rule-queue", "priority": "rule-priority", "tags": "rule-tags", "then": "rule-then",
           **TRY_PLACES}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writing:
    """What one page needs."""

    navigation: Navigation
    draft: DraftView
    council: Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and the id of where it is put right; "" = nowhere on this page."""

    reason: str
    place: str


async def show_rule(visit: Visit) -> Response:
    """GET /rules/draft/rules/{place}: the form of one rule; the place after the last is a new one."""
    found = await _writing(visit)
    place = visit.request.path_params["place"]
    if place > len(found.draft.rules):
        raise NotFound("There is no such rule.")
    if place < len(found.draft.rules):
        return _page(visit, found, place, fields_of(found.draft.rules[place], place))
    return _page(visit, found, place, with_row({**fields_of({}, place), "place": ""}, _FIRST, "all"))


async def keep_rule(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/rules/{place}"""
    found = await _writing(visit)
    place = _place_now(found.draft, visit.request.path_params["place"], sent.get("was"))
    do, _, number = sent.get("do", "keep").partition(".")
    try:
        if do == "add":
            return _with_another(visit, found, place, sent)
        if do == "remove" and number.isascii() and number.isdigit() and len(number) < 4:
            return _page(visit, found, place, without_row(sent, int(number)), focus="add")
        if do == "try":
            return await _try(visit, found, place, sent)
        return await _keep(visit, found, place, sent)
    except (Invalid, Conflict) as error:
        focus = "add" if do == "add" else ""
        return _page(visit, found, place, sent, error=error, focus=focus)


def _with_another(visit: Visit, found: _Writing, place: int, sent: Form) -> Response:
    if not sent.get("add"):
        raise Invalid("No condition is chosen.", {"add": "Choose a condition first."})
    more = with_row(sent, sent["add"], sent.get("add.part", "all"))
    (number,) = sent_rows(more).keys() - sent_rows(sent).keys()
    return _page(visit, found, place, {**more, "add": ""}, focus=f"r{number}")


async def _try(visit: Visit, found: _Writing, place: int, sent: Form) -> Response:
    rule = rule_of(sent)
    rules, _ = _with_rule(found.draft, place, sent, rule)
    try:
        tried = await try_rule(visit.hub, sent, rule, rules, found.draft.beside)
    except Invalid as error:
        raise Invalid(error.message, {_field(key, sent): reason for key, reason in error.fields.items()}) from None
    return _page(visit, found, place, sent, tried=tried)


async def _keep(visit: Visit, found: _Writing, place: int, sent: Form) -> Response:
    if sent.get("add"):
        reason = f"“{title_of(sent['add'])}”: press Add, or choose none."
        raise Invalid("One condition isn’t added yet.", {"add": reason})
    rules, at = _with_rule(found.draft, place, sent, rule_of(sent))
    try:
        await visit.hub.db.write(change_draft, found.draft.id, visit.agent.id, edition(sent), rules)
    except Conflict as error:
        found = await _writing(visit)
        now, was = _place_now(found.draft, place, sent.get("was")), sent.get("was", "")
        if was and now == len(found.draft.rules):
            gone = f"“{isolated(was)}” is gone or has another name: kept now, this is added as a new rule."
            error = Conflict(f"{error.message} {gone}")
        return _page(visit, found, now, sent, error=error)
    except Invalid as error:
        raise Invalid(error.message, _by_field(error.fields, at, sent)) from None
    kept = [each["name"] for each in in_turn(rules, found.draft.beside.get("group", ()))]
    return visit.go(f"/rules/draft?rule={kept.index(rules[at]['name'])}", "draft-changed")


# --- places ----------------------------------------------------------------------------------------------------


def _with_rule(draft: DraftView, place: int, sent: Form, rule: Table) -> tuple[list[Table], int]:
    """The draft's rules with this one where it is wanted, and where that is."""
    rules = [*draft.rules[:place], *draft.rules[place + 1 :]]
    given = sent.get("place", "").strip()
    if not given and place == len(draft.rules):
        at = _place_of_new(rules, rule, draft.beside)
        return [*rules[:at], rule, *rules[at:]], at
    given = given or str(place + 1)
    if not (given.isascii() and given.isdigit() and len(given) < 6 and int(given) >= 1):
        raise Invalid("This place can’t be read.", {"place": "Write a whole number: 1 is tried first."})
    at = min(int(given) - 1, len(rules))
    return [*rules[:at], rule, *rules[at:]], at


def _place_of_new(rules: Sequence[Table], rule: Table, beside: Beside) -> int:
    """Among all rules; at the end while it can't be read."""
    try:
        found = RuleSet.parse([*rules, {**rule, "name": rule["name"] or NAMELESS}], None, beside=beside)
    except RuleErrors:
        return len(rules)
    *mates, new = [each for each in found.rules if each.group.name == group_of(rule)]
    there = [place for place, each in enumerate(rules) if group_of(each) == group_of(rule)]
    return [*there, len(rules)][place_of_new(new, mates)]


def _place_now(draft: DraftView, place: int, was: str | None) -> int:
    """Where the rule stands that the form was filled in for; of one that is gone, the place of a new one."""
    if was is None or (place < len(draft.rules) and draft.rules[place].get("name") == was):
        return min(place, len(draft.rules))
    names = [rule.get("name") for rule in draft.rules]
    return names.index(was) if was in names else len(names)


# --- problems --------------------------------------------------------------------------------------------------

_KEY = re.compile(r"when\.(?:(any|none)\[(\d+)\]\.)?(?:all\[\d+\]\.)?(\w+)")


def _by_field(problems: Mapping[str, str], at: int, sent: Form) -> dict[str, str]:
    """Reasons by "rule 3: when.any[0].channel" as reasons by what the form calls it; of other rules as they are."""
    found: dict[str, str] = {}
    for where, reason in problems.items():
        table, _, key = where.partition(": ")
        field = _field(key, sent) if table == f"rule {at + 1}" else where
        found[field] = f"{found[field]}; {reason}" if field in found else reason
    return found


def _field(key: str, sent: Form) -> str:
    if key.startswith("then."):
        name = re.split(r"[.\[]", key)[1]
        effects = [field.key for field in FIELDS]
        shown = name in effects and not sent.get("then")
        return f"e{effects.index(name)}" if shown else name if name in _PLACES else "then"
    found = _KEY.match(key)
    if found is None:
        return key if key in _PLACES else "when"
    kind, place, name = found.groups()
    part = f"{kind}.{place}" if kind else "all"
    rows = sent_rows(with_even_parts(sent))
    return next((f"r{number}" for number, row in rows.items() if (row.part, row.name) == (part, name)), "when")


def _problems(error: HubError | None) -> tuple[Problem, ...]:
    fields = error.fields if error else {}
    return tuple(Problem(reason, _id(where)) if _id(where) else Problem(f"{where}: {reason}", "")
                 for where, reason in fields.items())  # fmt: skip


def _id(where: str) -> str:
    return where if re.fullmatch(r"[re]\d+", where) else _PLACES.get(where, "")


# --- the page --------------------------------------------------------------------------------------------------


async def _writing(visit: Visit) -> _Writing:
    require_writer(visit.agent)
    directory = visit.hub.directory

    def read(session: Session, agent: AgentView) -> _Writing:
        draft = require_draft(session)
        council = council_choices(session, directory, draft.beside)
        return _Writing(navigation=navigation(session, agent, utcnow()), draft=draft, council=council)

    return await visit.hub.db.read(read, visit.agent)


def _page(
    visit: Visit,
    found: _Writing,
    place: int,
    sent: Form,
    *,
    error: HubError | None = None,
    tried: TriedRule | None = None,
    focus: str = "",
) -> Response:
    sent, problems = with_even_parts(sent), error.fields if error else {}
    rules = found.draft.rules
    is_new = place == len(rules)
    return visit.render(
        "rule_form.html",
        http_status=error.http_status if error else 200,
        beside=found.navigation,
        edition=found.draft.edition if isinstance(error, Conflict) else sent.get("edition", found.draft.edition),
        place=place,
        is_new=is_new,
        was="" if is_new else rules[place].get("name", ""),
        places=len(rules) + is_new,
        fields=sent,
        parts=shown_parts(sent, problems, found.council),
        effects=(effects := effect_entries(sent, found.council)),
        does_more=any(text for each in effects for text in each.said.values()),
        is_full=len(sent_rows(sent)) == MOST_ROWS,
        titles=titles(),
        counts=NEW,
        groups=[group["name"] for group in found.draft.beside.get("group", ())],
        priorities=PRIORITIES,
        inboxes=inbox_choices(visit.hub.directory),
        menu=found.council["menu"],
        error=error,
        told=problems,
        problems=_problems(error),
        tried=tried,
        focus=focus,
    )
