"""Why a case stands where it stands: two plain sentences, from the decision and from who moved it since."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.queries.views import CasePage, EventView
from hub.web.console.words import isolated


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyHere:
    because: str
    therefore: str


_NOBODYS = "No rule matched: the inbox’s own queue takes such cases."


def why_here(page: CasePage, queue_names: Mapping[str, str]) -> WhyHere:
    moved = [event for event in page.events if event.kind == "transferred"]
    first = queue_names.get(str(page.decision.get("queue", "")), page.case.queue_name)
    because = _because(page.decision)
    if page.events and page.events[0].kind == "opened" and page.events[0].agent_name:
        because = f"{page.events[0].agent_name} wrote to the citizen first."
    if not moved:
        return WhyHere(because=because, therefore=f"So it came to {first}.")
    return WhyHere(because=f"{because} It first came to {first}.", therefore=_moved(moved[-1], page))


def _because(decision: Mapping[str, Any]) -> str:
    if dangers := decision.get("effects", {}).get("dangers"):
        trial = next(trial for trial in decision["explanation"] if trial["matched"])
        compared = isolated(str(trial["why"]).removeprefix("matched: ").rstrip("."))
        return f"It raised the alarm “{isolated(dangers[0])}”: {compared}."
    rule = decision.get("rule")
    if not rule and not decision.get("explanation"):
        return "No rule matched."
    if not rule:
        why = str(next((trial["why"] for trial in decision.get("explanation", ()) if trial["rule"] is None), ""))
        _, names_topic, topic = why.partition(": its topic is ")
        return f"No rule matched; its topic is {topic}." if names_topic else _NOBODYS
    trial = next((each for each in decision.get("explanation", ()) if each["matched"] and each["rule"] == rule), None)
    compared = isolated(str(trial["why"]).removeprefix("matched: ").rstrip(".")) if trial else ""
    return f"The rule “{isolated(rule)}” matched" + (f": {compared}." if compared else ".")


def _moved(event: EventView, page: CasePage) -> str:
    reason = isolated(str(event.detail.get("reason", "")).rstrip("."))
    moved = f"{isolated(event.agent_name) or 'The hub'} transferred it to {page.case.queue_name}"
    return f"{moved}: {reason}." if reason else f"{moved}."
