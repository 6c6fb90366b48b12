"""Where an ended case goes on: its follow-up, so that a citizen's second late answer doesn't open a second one."""

from collections.abc import Collection

from sqlmodel import Session

from hub.db.dialects import dialect_of

_MOST_STEPS = 10  # of a case that follows one that follows one …

# what was set apart because it speaks of danger stays apart
_GOING_ON = f"""
WITH RECURSIVE following(ended, id, contact_id, status, step) AS (
    SELECT follow_up_of, id, contact_id, status, 1 FROM cases WHERE follow_up_of IN MANY(:ids)
    UNION ALL
    SELECT following.ended, cases.id, cases.contact_id, cases.status, step + 1
    FROM following JOIN cases ON cases.follow_up_of = following.id
    WHERE following.status = 'closed' AND step < {_MOST_STEPS}
)
SELECT ended, contact_id, max(id) AS id FROM following
WHERE status <> 'closed' AND NOT EXISTS (SELECT 1 FROM alarms WHERE alarms.case_id = following.id)
GROUP BY ended, contact_id
"""  # noqa: S608  # our own words


def follow_ups(session: Session, case_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """By the case that is followed, and the contact: the id of the contact's latest case that follows it, whichever
    ended ones stand between, and isn't closed."""
    if not case_ids:
        return {}
    rows = dialect_of(session).run(session, _GOING_ON, ids=sorted(case_ids))
    return {(row.ended, row.contact_id): row.id for row in rows}
