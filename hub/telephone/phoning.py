"""What the console and the API both need of the telephone: an agent's own number, and how calls may have ended."""

from collections.abc import Mapping

from channels.numbers import e164
from channels.voice.script import outcomes_of
from hub.actions.telephone.calls import wrap_up
from hub.errors import Invalid
from hub.queries.calls import one_call
from hub.queries.views import AgentView
from hub.running import Hub


def outcomes_by_inbox(hub: Hub) -> dict[str, Mapping[str, str]]:
    """What an agent may say a call came to, by the name of the voice inbox."""
    lines = (entry.port for entry in hub.directory.inboxes.values() if entry.channel == "voice")
    return {line.name: outcomes_of(line.config) for line in lines}


def own_number(hub: Hub, written: str) -> str:
    """E.164, "" = none. Raises Invalid."""
    number = e164(written.strip(), hub.directory.country) if written.strip() else ""
    if number is None:
        raise Invalid("That isn't a telephone number.", {"phone": "Write it as you would dial it."})
    return number


async def wrapped_up(hub: Hub, agent: AgentView, call_id: int, outcome: str, note: str) -> None:
    """Raises Invalid for an outcome that the line doesn't have, and whatever the action does."""
    call = await hub.db.read(one_call, call_id)
    known = outcomes_by_inbox(hub).get(call.inbox, {})
    if outcome not in known:
        raise Invalid("Say how the call ended.", {"outcome": f"One of {', '.join(known)}."})
    await hub.db.write(wrap_up, call_id, agent.id, outcome, note, known[outcome])
