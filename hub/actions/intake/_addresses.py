"""Whose the addresses are that a batch of messages came from; those that nobody knew get a contact of their own."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session

from hub.db.dialects import dialect_of
from hub.models import Address

_RAISED = (
    "ON CONFLICT (uri) DO UPDATE SET verification = CASE WHEN excluded.verification > addresses.verification "
    "THEN excluded.verification ELSE addresses.verification END RETURNING uri, contact_id, opted_out_at"
)


class Held(NamedTuple):
    """An address that somebody has."""

    contact_id: int
    opted_out: bool


def hold_addresses(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[str, Held]:
    """By uri. Of each row that is new it is the row's own contact; of the others the verification rises to the row's.
    Where others write at the same time, all are locked until COMMIT in the order of the rows: let them be sorted."""
    dialect = dialect_of(session)
    if dialect.row_lock:
        found = dialect.insert_returning(session, Address, rows, _RAISED)
        return {uri: Held(contact_id, opted_out is not None) for uri, contact_id, opted_out in found}
    return _hold_alone(session, {row["uri"]: row for row in rows})


def _hold_alone(session: Session, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Held]:
    """The same where nobody else writes: then it is cheaper to look first."""
    dialect = dialect_of(session)
    sql = "SELECT id, uri, contact_id, opted_out_at, verification FROM addresses WHERE uri IN MANY(:uris)"
    columns = "id, uri, contact_id, opted_out_at, verification"
    held: dict[str, Held] = {}
    raised: list[dict[str, Any]] = []
    for row_id, uri, contact_id, opted_out, verification in dialect.fetch_at_once(
        session, columns, sql, uris=list(rows)
    ):
        held[uri] = Held(contact_id, opted_out is not None)
        if rows[uri]["verification"] > verification:
            raised.append({"id": row_id, "verification": rows[uri]["verification"]})
    new = [row for uri, row in rows.items() if uri not in held]
    dialect.insert(session, Address, new)
    dialect.update(session, Address, raised)
    return held | {row["uri"]: Held(row["contact_id"], False) for row in new}
