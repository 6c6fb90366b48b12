"""The phone in the browser: which lines can ring one, and the passes that let them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from channels.calling import BrowserPass, RingsBrowsers, browser_of, rings_browsers
from channels.contract import NotConfigured
from hub.directory import InboxEntry
from hub.errors import Conflict
from hub.queries.views import AgentView
from hub.running import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """What an agent's browser needs to be rung. by_account: one for each of the provider's accounts."""

    identity: str
    by_account: Mapping[str, BrowserPass]


def has_softphone(hub: Hub) -> bool:
    """Whether any line rings browsers."""
    return bool(_lines(hub))


def speaks_with(hub: Hub) -> Sequence[str]:
    """The origins that a browser which is rung speaks with; [] when none can be."""
    origins = [origin for line, channel in _lines(hub) for origin in channel.speaks_with(line.port)]
    return list(dict.fromkeys(origins))


def browser_passes(hub: Hub, agent: AgentView) -> Passes:
    """Raises Conflict when no line rings browsers, or none is set up in full."""
    lines = _lines(hub)
    if not lines:
        raise Conflict("No line of this council rings browsers.")
    passes, lacking = {}, ""
    for line, channel in lines:
        try:
            found = channel.browser_pass(agent.id, line.port)
        except NotConfigured as error:
            lacking = str(error)
        else:
            passes[found.account] = found
    if not passes:
        raise Conflict(f"Nobody can be rung in a browser: {lacking}")
    return Passes(identity=browser_of(agent.id).value, by_account=passes)


def _lines(hub: Hub) -> list[tuple[InboxEntry, RingsBrowsers]]:
    lines: list[tuple[InboxEntry, RingsBrowsers]] = []
    for entry in hub.directory.inboxes.values():
        channel = hub.channels.get(entry.channel)
        if entry.active and rings_browsers(entry.port.config) and isinstance(channel, RingsBrowsers):
            lines.append((entry, channel))
    return lines
