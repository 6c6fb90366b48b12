"""The draft of the rules: its list in the order of the turns, what moves and goes, a message to try.

Everything is a form: it works without a mouse and without a script.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from hub.actions.council.rule_drafts import change_draft, discard_draft, open_draft
from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.queries.rules import DraftView, require_draft
from hub.replay.replaying import SPANS
from hub.replay.trying import as_received
from hub.web.console.rules import replay as rule_replay
from hub.web.console.rules import review as rule_review
from hub.web.console.rules.access import edition, read_draft, require_writer, whole_number
from hub.web.console.rules.entries import inbox_choices, menu_choices
from hub.web.console.rules.message import imagined
from hub.web.console.rules.replay_wanted import ReplayWanted
from hub.web.console.rules.trying import effects_in_words
from hub.web.console.rules.words import Summary, mode_in_words, summaries
from hub.web.console.visit import Form, Visit
from hub.web.console.words import isolated
from routing.arranging import group_moved, group_of, moved, rank, regrouped
from routing.condition import Names
from routing.engine import explain
from routing.rules import RuleSet

Table = dict[str, Any]

_WAYS = ("up", "down")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a message that somebody tried."""

    queue: str  # its name
    decision: Mapping[str, Any]
    does: list[tuple[str, str]]  # effects beyond queue, priority and tags, in words


@dataclass(frozen=True, slots=True)
class Turn:
    """A group in the list, or the rules of none; `place`: the group's among the groups, None = of none.
    `rules`: (place among all rules, in words)."""

    place: int | None
    name: str
    mode: str
    rules: tuple[tuple[int, Summary], ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """What was just moved, so that the focus stays on its button. `kind`: rule or group."""

    kind: str
    place: int
    way: str
    words: str


# --- pages -----------------------------------------------------------------------------------------------------


async def show_draft(visit: Visit) -> Response:
    """GET /rules/draft; after a move ?rule=PLACE&way=up or ?group=PLACE&way=down says what to focus."""
    require_writer(visit.agent)
    return await _draft_page(visit)


async def show_replay(visit: Visit) -> Response:
    """GET /rules/draft/replay"""
    require_writer(visit.agent)
    return await rule_replay.replay_page(visit)


async def begin_draft(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft"""
    require_writer(visit.agent)
    await visit.hub.db.write(open_draft, visit.agent.id)
    return visit.go("/rules/draft")


async def change_rules(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/{verb}"""
    require_writer(visit.agent)
    verb = _VERBS.get(visit.request.path_params["verb"])
    if verb is None:
        raise NotFound("There is no such action.")
    try:
        return await verb(visit, sent)
    except (Invalid, Conflict) as error:
        return await _draft_page(visit, sent, error=error)


# --- what is done ----------------------------------------------------------------------------------------------


async def _move(visit: Visit, sent: Form) -> Response:
    """`way`: up, down, or to: as number `to` of its group, from 0. `group`: into this one, "" = none; without a `to` at
    its end."""
    draft = await visit.hub.db.read(require_draft)
    place = _place(sent, draft.rules, "rule")
    name = draft.rules[place]["name"]
    before, _ = rank(draft.rules, place)
    group = sent.get("group", group_of(draft.rules[place]))
    if group == group_of(draft.rules[place]):
        rules = moved(draft.rules, place, before if sent.get("way") == "group" else _target(sent, before))
    else:
        rules = _into_group(draft, place, group, whole_number(sent, "to"))
    now = next(index for index, rule in enumerate(rules) if rule.get("name") == name)
    after, count = rank(rules, now)
    what = f"moved “{isolated(name)}” from {before + 1} to {after + 1} of {count}" if after != before else ""
    if group != group_of(draft.rules[place]):
        what = f"moved “{isolated(name)}” {f'into group “{isolated(group)}”' if group else 'out of its group'}"
    await visit.hub.db.write(change_draft, draft.id, visit.agent.id, edition(sent), rules, None, what)
    return visit.go(f"/rules/draft?rule={now}&way={sent.get('way', '')}")


def _into_group(draft: DraftView, place: int, group: str, to: int | None) -> list[Table]:
    groups = draft.beside.get("group", [])
    if group and group not in [group_of({"group": each.get("name", "")}) for each in groups]:
        raise NotFound("There is no such group.")
    return regrouped(draft.rules, groups, place, group, len(draft.rules) if to is None else to)


async def _move_group(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    groups = draft.beside.get("group", [])
    place = _place(sent, groups, "group")
    to = min(max(_target(sent, place), 0), len(groups) - 1)
    beside = {**draft.beside, "group": group_moved(groups, place, to)}
    what = f"moved group “{isolated(groups[place]['name'])}” from {place + 1} to {to + 1}" if to != place else ""
    await visit.hub.db.write(change_draft, draft.id, visit.agent.id, edition(sent), draft.rules, beside, what)
    return visit.go(f"/rules/draft?group={to}&way={sent.get('way', '')}")


async def _remove(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    rules = list(draft.rules)
    del rules[_place(sent, rules, "rule")]
    await visit.hub.db.write(change_draft, draft.id, visit.agent.id, edition(sent), rules)
    return visit.go("/rules/draft", "draft-changed")


async def _try(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    directory = visit.hub.directory
    facts, entry = imagined(visit.hub, sent)
    rule_set = RuleSet.parse(draft.rules, None, beside=draft.beside)
    facts = await as_received(visit.hub.desk, facts, entry, rule_set)
    decision = explain(facts, rule_set, directory.queue_of_nobody(facts, entry), directory.names)
    tried = Tried(
        queue=directory.names.one(decision.queue, "queue"),
        decision=decision.to_json(),
        does=effects_in_words(decision.more.to_json(), directory.names),
    )
    return await _draft_page(visit, sent, tried=tried)


async def _discard(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    await visit.hub.db.write(discard_draft, draft.id)
    return visit.go("/rules", "draft-discarded")


_VERBS = {
    "move": _move,
    "move-group": _move_group,
    "remove": _remove,
    "try": _try,
    "replay": rule_replay.begin,
    "cancel-replay": rule_replay.cancel,
    "publish": rule_review.publish,
    "discard": _discard,
}


def _place(sent: Form, entries: Sequence[Table], table: str) -> int:
    place = whole_number(sent, "place")
    if place is None or place >= len(entries):
        raise NotFound(f"There is no such {table}.")
    return place


def _target(sent: Form, now: int) -> int:
    """Where it is to stand: one further up or down, or where it was dropped."""
    if sent.get("way") in _WAYS:
        return now + (1 if sent["way"] == "down" else -1)
    to = whole_number(sent, "to")
    if to is None:
        raise Invalid("Where to?", {"to": "Say up, down, or a place."})
    return to


# --- the page --------------------------------------------------------------------------------------------------


async def _draft_page(
    visit: Visit, sent: Form | None = None, *, error: HubError | None = None, tried: Tried | None = None
) -> Response:
    found = await visit.hub.db.read(read_draft, visit.agent)
    draft = found.draft
    assert draft is not None
    return visit.render(
        "rule_draft.html",
        http_status=error.http_status if error else 200,
        beside=found.navigation,
        draft=draft,
        turns=turns_of(draft, visit.hub.directory.names),
        groups=len(draft.beside.get("group", ())),
        doubts=await rule_review.doubts_of(draft, found.known),
        inboxes=inbox_choices(visit.hub.directory),
        menu=menu_choices(visit.hub.directory),
        fields=sent or {},
        told=error.fields if error else {},
        error=error,
        tried=tried,
        moved=None if error else _just_moved(visit, draft),
        wanted=ReplayWanted(),
        spans=SPANS,
    )


def turns_of(draft: DraftView, names: Names) -> list[Turn]:
    """The groups in their order, then the rules of no group."""
    groups = draft.beside.get("group", [])
    words = list(enumerate(summaries(draft.rules, names)))
    found = [
        Turn(place, name, mode_in_words(group.get("mode")), tuple(each for each in words if each[1].group == name))
        for place, group in enumerate(groups)
        if (name := group_of({"group": group.get("name", "")}))
    ]
    return [*found, Turn(None, "", mode_in_words("first"), tuple(each for each in words if not each[1].group))]


def _just_moved(visit: Visit, draft: DraftView) -> Moved | None:
    asked = visit.request.query_params
    way = asked.get("way", "")
    groups = draft.beside.get("group", [])
    if visit.request.method != "GET":
        return None
    if (place := whole_number(asked, "rule")) is not None and place < len(draft.rules):
        number, count = rank(draft.rules, place)
        group = group_of(draft.rules[place])
        where = f" in group “{isolated(group)}”" if group else ""
        said = f"“{isolated(draft.rules[place]['name'])}” is number {number + 1} of {count}{where} now."
        return Moved("rule", place, way, said)
    if (place := whole_number(asked, "group")) is not None and place < len(groups):
        words = f"Group “{isolated(groups[place]['name'])}” has turn {place + 1} of {len(groups)} now."
        return Moved("group", place, way, words)
    return None
