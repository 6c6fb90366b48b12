"""The pages of the rules: what is in force, the draft that is written beside it, a message to try, a replay over the
past, publishing with a note, and going back to an older version. Everything is a form: it works without a mouse and
without a script."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import tomli_w
from sqlmodel import Session
from starlette.responses import Response

from hub.actions.rule_drafts import (
    change_draft,
    discard_draft,
    open_draft,
    publish_draft,
    roll_back,
)
from hub.errors import Conflict, HubError, Invalid, NotAllowed, NotFound
from hub.models.base import utcnow
from hub.queries.rules import DraftView, VersionView, require_draft, versions
from hub.queries.views import AgentView
from hub.replaying import SPANS
from hub.trying import as_received
from hub.web.console import rule_replay
from hub.web.console.reading import Navigation, navigation
from hub.web.console.replay_wanted import ReplayWanted
from hub.web.console.visit import Form, Visit
from routing.effects import PRIORITIES
from routing.engine import explain
from routing.facts import Facts
from routing.review import doubts
from routing.rules import BESIDE, RuleErrors, RuleProblem, RuleSet

Table = dict[str, Any]

_WRITERS = ("leader", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesView:
    navigation: Navigation
    versions: tuple[VersionView, ...]
    draft: DraftView | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A rule in a line or two of plain words."""

    name: str
    group: str
    when: str
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a message that somebody tried."""

    text: str
    channel: str
    decision: Mapping[str, Any] = field(default_factory=dict)


# --- pages -----------------------------------------------------------------------------------------------------


async def show_rules(visit: Visit) -> Response:
    """GET /rules: in force, and every version before."""
    found = await visit.hub.db.read(_read, visit.agent)
    current = found.versions[0] if found.versions else None
    return visit.render(
        "rules.html",
        found=found,
        beside=found.navigation,
        current=current,
        rules=summaries(current.rules) if current else [],
        may_write=may_write(visit.agent),
    )


async def show_draft(visit: Visit) -> Response:
    """GET /rules/draft"""
    _require_writer(visit.agent)
    return await _draft_page(visit)


async def show_replay(visit: Visit) -> Response:
    """GET /rules/draft/replay"""
    _require_writer(visit.agent)
    return await rule_replay.replay_page(visit)


async def show_rule(visit: Visit) -> Response:
    """GET /rules/draft/rules/{place}: the form of one rule; the place after the last is a new one."""
    _require_writer(visit.agent)
    found = await visit.hub.db.read(_read_draft, visit.agent)
    assert found.draft is not None
    place = visit.request.path_params["place"]
    if place > len(found.draft.rules):
        raise NotFound("There is no such rule.")
    rule = found.draft.rules[place] if place < len(found.draft.rules) else {}
    return _rule_page(visit, found, place, written(rule))


async def export_rules(visit: Visit) -> Response:
    """GET /rules/{version}.toml: as they stand in the council file, without the rest of it."""
    found = await visit.hub.db.read(versions)
    wanted = next((each for each in found if each.version == visit.request.path_params["version"]), None)
    if wanted is None:
        raise NotFound("There is no such version of the rules.")
    document = {**{name: wanted.beside[name] for name in BESIDE if name in wanted.beside}, "rule": wanted.rules}
    return Response(
        tomli_w.dumps(document),
        media_type="application/toml",
        headers={
            "Content-Disposition": f'attachment; filename="rules-{wanted.version}.toml"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


# --- forms -----------------------------------------------------------------------------------------------------


async def begin_draft(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft"""
    _require_writer(visit.agent)
    await visit.hub.db.write(open_draft, visit.agent.id)
    return visit.go("/rules/draft")


async def change_rules(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/{verb}"""
    _require_writer(visit.agent)
    verb = visit.request.path_params["verb"]
    try:
        return await _VERBS[verb](visit, sent)
    except KeyError:
        raise NotFound("There is no such action.") from None
    except (Invalid, Conflict) as error:
        return await _draft_page(visit, error=error)


async def keep_rule(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/rules/{place}"""
    _require_writer(visit.agent)
    found = await visit.hub.db.read(_read_draft, visit.agent)
    assert found.draft is not None
    place, rules = visit.request.path_params["place"], list(found.draft.rules)
    if place > len(rules):
        raise NotFound("There is no such rule.")
    try:
        rule = rule_of(sent, rules[place] if place < len(rules) else {})
        rules[place : place + 1] = [rule]
        await _change(visit, sent, found.draft, rules)
    except (Invalid, Conflict) as error:
        return _rule_page(visit, found, place, sent, error)
    return visit.go("/rules/draft", "draft-changed")


async def _move(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    rules, place = list(draft.rules), _place(sent, draft)
    other = place + (1 if sent.get("way") == "down" else -1)
    if 0 <= other < len(rules):
        rules[place], rules[other] = rules[other], rules[place]
    await _change(visit, sent, draft, rules)
    return visit.go(f"/rules/draft#rule-{min(max(other, 0), len(rules) - 1)}", "draft-changed")


async def _remove(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    rules = list(draft.rules)
    del rules[_place(sent, draft)]
    await _change(visit, sent, draft, rules)
    return visit.go("/rules/draft", "draft-changed")


async def _try(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    directory = visit.hub.directory
    text, channel = sent.get("text", "")[:20_000], sent.get("channel", "sms")
    inboxes = [entry for entry in directory.inbox_by_name.values() if entry.channel == channel]
    if not inboxes:
        raise Invalid("There is no inbox of this channel.", {"channel": "Choose another one."})
    facts = Facts(
        channel=channel,
        inbox=inboxes[0].port.name,
        text=text,
        subject=sent.get("subject", "")[:400],
        at=directory.local(utcnow()),
        to=inboxes[0].port.address,
    )
    facts = await as_received(visit.hub.desk, facts)
    rule_set = RuleSet.parse(draft.rules, None, beside=draft.beside)
    decision = explain(facts, rule_set, directory.queue_of_nobody(facts, inboxes[0])).to_json()
    return await _draft_page(visit, tried=Tried(text=text, channel=channel, decision=decision))


async def _publish(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    await visit.hub.db.write(publish_draft, draft.id, visit.agent.id, _edition(sent), sent.get("note", ""))
    return visit.go("/rules", "rules-published")


async def _discard(visit: Visit, sent: Form) -> Response:
    draft = await visit.hub.db.read(require_draft)
    await visit.hub.db.write(discard_draft, draft.id)
    return visit.go("/rules", "draft-discarded")


async def go_back(visit: Visit, sent: Form) -> Response:
    """POST /rules/{version}/roll-back"""
    _require_writer(visit.agent)
    version = visit.request.path_params["version"]
    await visit.hub.db.write(roll_back, version, visit.agent.id, sent.get("note", ""))
    return visit.go("/rules", "rules-published")


_VERBS = {
    "move": _move,
    "remove": _remove,
    "try": _try,
    "replay": rule_replay.begin,
    "cancel-replay": rule_replay.cancel,
    "publish": _publish,
    "discard": _discard,
}


# --- a rule as a form ------------------------------------------------------------------------------------------


def written(rule: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a rule's form. What a line of words can't say stands in `when`, as in the council file."""
    when, then = dict(rule.get("when", {})), rule.get("then", {})
    words = when.pop("text_contains", []) if set(when) == {"text_contains"} else []
    more = {key: value for key, value in then.items() if key not in ("queue", "priority", "tags")}
    return {
        "name": rule.get("name", ""),
        "group": rule.get("group", ""),
        "words": "\n".join([words] if isinstance(words, str) else words),
        "when": tomli_w.dumps(when) if when else "",
        "queue": then.get("queue", ""),
        "priority": then.get("priority", ""),
        "tags": ", ".join([then["tags"]] if isinstance(then.get("tags"), str) else then.get("tags", [])),
        "then": tomli_w.dumps(more) if more else "",
    }


def rule_of(sent: Form, before: Mapping[str, Any]) -> Table:
    """The rule that the form describes. Raises Invalid by field."""
    words = [line.strip() for line in sent.get("words", "").splitlines() if line.strip()]
    when = _toml(sent.get("when", ""), "when")
    if words:
        when = {"text_contains": words, **when}
    if not when:
        raise Invalid("When does it match?", {"words": "Write a word or phrase on each line, or a condition below."})
    then: Table = {}
    if sent.get("queue"):
        then["queue"] = sent["queue"]
    if sent.get("priority"):
        then["priority"] = sent["priority"]
    if tags := [tag.strip() for tag in sent.get("tags", "").split(",") if tag.strip()]:
        then["tags"] = tags
    rule: Table = {
        "name": sent.get("name", "").strip(),
        "when": when,
        "then": {**then, **_toml(sent.get("then", ""), "then")},
    }
    return {**rule, "group": sent["group"]} if sent.get("group") else rule


def _toml(text: str, field_name: str) -> Table:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise Invalid("This can't be read.", {field_name: f"Not TOML: {error}"}) from None


def summaries(rules: list[Table]) -> list[Summary]:
    return [
        Summary(rule.get("name", ""), rule.get("group", ""), _when(rule.get("when", {})), _then(rule.get("then", {})))
        for rule in rules
    ]


def _when(when: Mapping[str, Any]) -> str:
    """text contains "bin", "bins" … 12 more; channel is voice"""
    return "; ".join(f"{key.replace('_', ' ')}: {_value(value)}" for key, value in when.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return _when(value)
    if isinstance(value, list):
        shown = [f"({_when(each)})" if isinstance(each, dict) else str(each) for each in value[:4]]
        return ", ".join(shown) + (f" and {len(value) - 4} more" if len(value) > 4 else "")
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _then(then: Mapping[str, Any]) -> str:
    return "; ".join(f"{key}: {_value(value)}" for key, value in then.items())


# --- parts of the pages ----------------------------------------------------------------------------------------


def may_write(agent: AgentView) -> bool:
    return agent.role in _WRITERS


def _require_writer(agent: AgentView) -> None:
    if not may_write(agent):
        raise NotAllowed("Team leaders and administrators write rules.")


def _read(session: Session, agent: AgentView) -> RulesView:
    return RulesView(navigation=navigation(session, agent, utcnow()), versions=versions(session))


def _read_draft(session: Session, agent: AgentView) -> RulesView:
    draft = require_draft(session)
    return RulesView(navigation=navigation(session, agent, utcnow()), versions=versions(session), draft=draft)


async def _draft_page(
    visit: Visit,
    *,
    error: HubError | None = None,
    tried: Tried | None = None,
) -> Response:
    found = await visit.hub.db.read(_read_draft, visit.agent)
    assert found.draft is not None
    return visit.render(
        "rule_draft.html",
        http_status=error.http_status if error else 200,
        found=found,
        beside=found.navigation,
        draft=found.draft,
        rules=summaries(found.draft.rules),
        doubts=_doubts(found.draft),
        channels=sorted({entry.channel for entry in visit.hub.directory.inboxes.values() if entry.active}),
        error=error,
        tried=tried,
        wanted=ReplayWanted(),
        spans=SPANS,
    )


def _rule_page(
    visit: Visit, found: RulesView, place: int, fields: Mapping[str, str], error: HubError | None = None
) -> Response:
    assert found.draft is not None
    return visit.render(
        "rule_form.html",
        http_status=error.http_status if error else 200,
        found=found,
        beside=found.navigation,
        draft=found.draft,
        place=place,
        is_new=place == len(found.draft.rules),
        fields=fields,
        groups=[group["name"] for group in found.draft.beside.get("group", ())],
        priorities=PRIORITIES,
        error=error,
    )


def _doubts(draft: DraftView) -> tuple[RuleProblem, ...]:
    try:
        return doubts(RuleSet.parse(draft.rules, None, beside=draft.beside), draft.rules)
    except RuleErrors as errors:
        return errors.problems


async def _change(visit: Visit, sent: Form, draft: DraftView, rules: list[Table]) -> None:
    await visit.hub.db.write(change_draft, draft.id, visit.agent.id, _edition(sent), rules)


def _edition(sent: Form) -> int:
    given = sent.get("edition", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _place(sent: Form, draft: DraftView) -> int:
    given = sent.get("place", "")
    if not (given.isascii() and given.isdigit() and len(given) < 6 and int(given) < len(draft.rules)):
        raise NotFound("There is no such rule.")
    return int(given)
