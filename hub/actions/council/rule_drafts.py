"""Writing rules beside the ones in force: a draft is changed, published as a new version, or thrown away. A version
that was in force comes back by being published again, so that every case keeps the one that routed it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from hub.actions.council.replay_runs import forget_replays
from hub.characters import printable
from hub.db.session import wake
from hub.errors import Conflict, Invalid, NotFound
from hub.models import Agent, Council, DraftChange, RuleDraft, RuleSet
from hub.models.base import utcnow
from hub.queries.rules import names_for_rules
from routing.arranging import in_turn
from routing.differences import Difference, all_differences
from routing.rules import RuleErrors
from routing.rules import RuleSet as CompiledRules

LONGEST_NOTE = 500  # characters
_MOST_NAMED = 10  # changes in one line of the record

Table = dict[str, Any]


def open_draft(session: Session, agent_id: int) -> int:
    """The draft that somebody is writing, or a new one that begins as the rules in force. Returns its id."""
    session.get(Council, 1, with_for_update=True)  # of two who begin at once the second finds the first's
    found = select(RuleDraft.id).where(col(RuleDraft.published_at).is_(None)).order_by(col(RuleDraft.id).desc())
    draft_id = session.exec(found.limit(1)).first()
    if draft_id is not None:
        return draft_id
    current = _current(session)
    draft = RuleDraft(
        name="Draft",
        rules=in_turn(current.rules, current.beside.get("group", ())) if current else [],
        beside=dict(current.beside) if current else {},
        based_on=(current.version or 0) if current else 0,
        agent_id=agent_id,
    )
    session.add(draft)
    session.flush()
    assert draft.id is not None
    return draft.id


def change_draft(
    session: Session,
    draft_id: int,
    agent_id: int,
    edition: int,
    rules: Sequence[Table],
    beside: Mapping[str, Sequence[Table]] | None = None,
    what: str = "",
) -> int:
    """Puts these rules into the draft, in the order of their turns; returns its new edition. `edition`: the one that
    the writer saw; `what`: the change in words, where the writer knows better than a comparison.

    Raises Invalid where the rules can't be read, Conflict when somebody else has changed the draft meanwhile.
    """
    draft = _draft(session, draft_id, edition)
    kept = {name: list(tables) for name, tables in (draft.beside if beside is None else beside).items() if tables}
    require_readable(session, rules, kept)
    changed = all_differences(draft.rules, rules, draft.beside, kept)
    if not changed:
        return draft.edition
    session.add(DraftChange(draft_id=draft_id, agent_id=agent_id, what=what or _in_words(changed)))
    draft.rules, draft.beside = in_turn(rules, kept.get("group", ())), kept
    draft.agent_id, draft.updated_at = agent_id, utcnow()
    draft.edition += 1
    return draft.edition


def discard_draft(session: Session, draft_id: int) -> None:
    draft = _draft(session, draft_id)
    forget_replays(session, draft_id)
    session.execute(delete(DraftChange).where(col(DraftChange.draft_id) == draft_id))
    session.delete(draft)


def publish_draft(session: Session, draft_id: int, agent_id: int, edition: int, note: str) -> int:
    """The draft's rules are in force from the next message on. Returns the new version."""
    draft = _draft(session, draft_id, edition)
    version = _publish(session, draft.rules, draft.beside, agent_id, note)
    draft.published_at = utcnow()
    forget_replays(session, draft_id)
    became = update(DraftChange).where(col(DraftChange.draft_id) == draft_id).values(version=version)
    session.execute(became.execution_options(synchronize_session=False))
    return version


def roll_back(session: Session, version: int, agent_id: int, note: str) -> int:
    """The rules of an older version are in force again, as a new one. Returns the new version."""
    older = session.get(RuleSet, version)
    if older is None:
        raise NotFound("There is no such version of the rules.")
    return _publish(session, older.rules, older.beside, agent_id, note or f"Back to version {version}")


def require_readable(session: Session, rules: Sequence[Table], beside: Mapping[str, Sequence[Table]]) -> CompiledRules:
    """Raises Invalid, by place ("rule 3: when.text_contains"), with every reason."""
    known = names_for_rules(session)
    try:
        return CompiledRules.parse(list(rules), known["queue"], beside=beside, known=known)
    except RuleErrors as errors:
        fields = {f"{each.table} {each.index + 1}: {each.key}": each.reason for each in errors.problems}
        raise Invalid("The rules can't be used as they are.", fields) from None


def _publish(
    session: Session, rules: Sequence[Table], beside: Mapping[str, Sequence[Table]], agent_id: int, note: str
) -> int:
    note = printable(note.strip()[:LONGEST_NOTE])
    if not note:
        raise Invalid("Say why.", {"note": "A few words for those who look back at this version."})
    require_readable(session, rules, beside)
    council = session.get(Council, 1, with_for_update=True)
    if council is None:
        raise Conflict("Apply a council file first.")
    author = session.get_one(Agent, agent_id).email
    kept = {name: list(tables) for name, tables in beside.items()}
    added = RuleSet(rules=list(rules), beside=kept, note=note, author=author)
    session.add(added)
    session.flush()
    council.revision += 1
    wake(session, "council")
    assert added.version is not None
    return added.version


def _in_words(changed: Sequence[Difference]) -> str:
    """Of many changes at once the first few."""
    words = [str(each) for each in changed[:_MOST_NAMED]]
    if len(changed) > _MOST_NAMED:
        words.append(f"{len(changed) - _MOST_NAMED} more")
    return ", ".join(words)


def _current(session: Session) -> RuleSet | None:
    return session.exec(select(RuleSet).order_by(col(RuleSet.version).desc()).limit(1)).first()


def _draft(session: Session, draft_id: int, edition: int | None = None) -> RuleDraft:
    draft = session.get(RuleDraft, draft_id, with_for_update=True)
    if draft is None or draft.published_at is not None:
        raise NotFound("There is no such draft any more.")
    if edition is not None and edition != draft.edition:
        raise Conflict("Somebody else changed the draft meanwhile. Look at it again, then decide.")
    return draft
