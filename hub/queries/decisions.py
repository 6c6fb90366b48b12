"""Why cases stand where they stand: the router's decision, derived again from what was stored of it.

Stored are the facts, the version of the rule set and the outcome; the explanation with every rule tried comes out of
the same pure function as at the intake.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import String, and_, cast
from sqlmodel import Session, col, select

from hub.models import Case, CaseEvent, Inbox, Message, RuleSet
from routing.condition import NOBODYS, Names
from routing.engine import explain
from routing.facts import Facts
from routing.rules import RuleSet as CompiledRules

_VERSIONS_KEPT = 16

Words = tuple[str, str, str, str]  # of a message: text, subject, sender's URI, and where it was sent to


def derive_decision(session: Session, case_id: int, names: Names = NOBODYS) -> dict[str, Any]:
    """As routing.engine.Decision.to_json(). Raises KeyError when there is no such case."""
    return derive_decisions(session, [case_id], names)[case_id]


def derive_decisions(session: Session, case_ids: Sequence[int], names: Names = NOBODYS) -> dict[int, dict[str, Any]]:
    """Decisions by case id, in the council's own `names`; three statements for any number of cases."""
    found = (
        select(Case, Inbox, CaseEvent)
        .join(Inbox, col(Inbox.id) == col(Case.inbox_id))
        .outerjoin(CaseEvent, and_(col(CaseEvent.case_id) == col(Case.id), col(CaseEvent.seq) == 1))
        .where(col(Case.id).in_(case_ids))
    )
    rows = session.exec(found).all()
    said = _words(session, {case.facts["message"] for case, _, _ in rows if "message" in case.facts})
    rules = _rule_sets(session, {case.rule_set_version for case, _, _ in rows})
    return {
        case.id: _decision(case, inbox, _first_queue(opened), said, rules.get(case.rule_set_version), names)
        for case, inbox, opened in rows
    }


def _words(session: Session, message_ids: Collection[int]) -> dict[int, Words]:
    columns = (Message.id, Message.text, Message.subject, Message.sender, Message.recipient)
    found = select(*map(col, columns)).where(col(Message.id).in_(message_ids))
    return {row[0]: tuple(row[1:]) for row in session.execute(found)}


def _rule_sets(session: Session, versions: Collection[int]) -> dict[int, CompiledRules | None]:
    """None where this hub can't read the rules any more. Version 0 is the time before there were any."""
    found = select(RuleSet.version, cast(col(RuleSet.rules), String), cast(col(RuleSet.beside), String))
    stored: dict[int, CompiledRules | None] = {
        version: _compiled(rules, beside, version)
        for version, rules, beside in session.exec(found.where(col(RuleSet.version).in_(versions)))
        if version is not None
    }
    return {0: _compiled("[]", "{}", 0), **stored}


@lru_cache(maxsize=_VERSIONS_KEPT)
def _compiled(rules: str, beside: str, version: int) -> CompiledRules | None:
    """Keyed by the rules themselves, so that two databases never share what isn't the same."""
    try:
        return CompiledRules.parse(orjson.loads(rules), None, version, beside=orjson.loads(beside), in_force=True)
    except ValueError:
        return None


def _first_queue(opened: CaseEvent | None) -> str:
    """Where the case was put at first: of a case that no rule matched, its inbox's own queue at that time."""
    return str(opened.detail.get("queue", "")) if opened else ""


def _decision(
    case: Case,
    inbox: Inbox,
    first_queue: str,
    said: Mapping[int, Words],
    rules: CompiledRules | None,
    names: Names,
) -> dict[str, Any]:
    words = said.get(case.facts.get("message", 0))
    if words is None or rules is None:
        return _unexplained(case, first_queue)
    decision = explain(_facts(case, inbox, words), rules, first_queue, names)
    if decision.rule != case.rule:  # an older hub compared otherwise: what was decided stands, unexplained
        return _unexplained(case, first_queue)
    return decision.to_json()


def _facts(case: Case, inbox: Inbox, words: Words) -> Facts:
    text, subject, sender, recipient = words
    stored = {name: value for name, value in case.facts.items() if name != "message"}
    from_message = {"channel": inbox.channel, "inbox": inbox.name, "text": text, "subject": subject, "to": recipient}
    return Facts.from_json({**from_message, "from": sender.partition(":")[2], "verification": "delivered", **stored})


def _unexplained(case: Case, first_queue: str) -> dict[str, Any]:
    """What is known without the message or its rules: the outcome alone."""
    return {
        "rule": case.rule,
        "matched": [case.rule] if case.rule else [],
        "queue": first_queue,
        "priority": case.priority.value,
        "tags": list(case.tags),
        "effects": {},
        "explanation": [],
    }
