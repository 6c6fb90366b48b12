"""Forgetting who a citizen was, once no case tells of them any more.

Who said no to messages must not be written to again: of them the address and the no are kept, and nothing else.
"""

from sqlmodel import Session

from hub.actions.intake.consent import same_number
from hub.db.dialects import dialect_of

_SOMEBODY_ELSES = "EXISTS (SELECT 1 FROM addresses a WHERE a.uri = consents.uri AND a.contact_id <> :id)"
_STATEMENTS = [
    each.replace("SOMEBODY ELSE'S", _SOMEBODY_ELSES)
    for each in (
        "DELETE FROM contact_flags WHERE contact_id = :id",
        "DELETE FROM textless WHERE uri IN MANY(:dropped)",
        "DELETE FROM addresses WHERE contact_id = :id AND uri IN MANY(:dropped)",
        "DELETE FROM consents WHERE uri IN MANY(:dropped) AND NOT SOMEBODY ELSE'S",
        "UPDATE consents SET said = '', message_id = NULL WHERE uri IN MANY(:kept) AND NOT SOMEBODY ELSE'S",
        "UPDATE contacts SET name = '', language = '' WHERE id = :id",
        "DELETE FROM contacts WHERE id = :id AND NOT EXISTS (SELECT 1 FROM addresses WHERE contact_id = :id)",
    )
]


def forget_contact(session: Session, contact_id: int) -> None:
    """Nothing changes while there is another case of theirs. Somebody who writes at this very moment makes it fail, to
    be tried again."""
    dialect = dialect_of(session)
    if dialect.fetch(session, "SELECT 1 FROM cases WHERE contact_id = :id LIMIT 1", id=contact_id):
        return
    kept, dropped = _sorted(session, contact_id)
    for statement in _STATEMENTS:
        values = {"id": contact_id, "kept": kept, "dropped": dropped}
        dialect.run(session, statement, **{name: value for name, value in values.items() if f":{name}" in statement})


def _sorted(session: Session, contact_id: int) -> tuple[list[str], list[str]]:
    """The addresses of the contact that said no, and the others; each with all that its number stands behind."""
    dialect = dialect_of(session)
    sql = "SELECT uri, opted_out_at IS NOT NULL FROM addresses WHERE contact_id = :id"
    numbers = {same_number(uri): closed for uri, closed in dialect.fetch(session, sql, id=contact_id)}
    sql = "SELECT DISTINCT uri FROM consents WHERE NOT given AND uri IN MANY(:uris)"
    uris = [uri for number in numbers for uri in number]
    no = {row[0] for row in dialect.fetch(session, sql, uris=uris)}
    kept = [uri for number, closed in numbers.items() if closed or no.intersection(number) for uri in number]
    return kept, [uri for uri in uris if uri not in kept]
