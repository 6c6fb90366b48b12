"""Agents' own phones as the council file has them; one that it doesn't name stays what the agent has set."""

from sqlmodel import Session, select

from hub.council_file import CouncilFile
from hub.models import Agent, AgentPhone


def apply_phones(session: Session, file: CouncilFile) -> list[str]:
    """Returns what changed, a line each."""
    numbers = {table.email: table.phone for table in file.agents if table.phone}
    if not numbers:
        return []
    ids = {agent.email: agent.id for agent in session.exec(select(Agent))}
    changes = []
    for email, number in numbers.items():
        phone = session.get(AgentPhone, ids[email])
        if phone is None:
            session.add(AgentPhone(agent_id=ids[email] or 0, number=number))
        elif phone.number != number:
            phone.number = number
        else:
            continue
        changes.append(f"agent {email}: phone set")
    return changes
