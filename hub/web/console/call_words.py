"""How a call's lengths and results are said. Pure."""

from collections.abc import Mapping

from hub.queries.calls import CallView

_RESULTS: Mapping[str, str] = {
    "answered": "answered",
    "voicemail": "left a message",
    "callback": "asked to be called back",
    "status": "heard how a case stands",
    "missed": "missed",
    "unreached": "nobody answered",
}
_GOING_ON: Mapping[str, str] = {
    "greeting": "hears the greeting",
    "voicemail": "is leaving a message",
    "waiting": "waits in line",
    "dialling": "is being called",
    "talking": "in a call",
    "held": "on hold",
    "ended": "over",
}


def call_length(seconds: int) -> str:
    """12 s, 3 min 5 s, 1 h 2 min"""
    if seconds < 60:
        return f"{max(0, seconds)} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def call_result(call: CallView) -> str:
    """What it came to, or what goes on, with who answered."""
    if call.is_live:
        return _GOING_ON.get(call.state, call.state)
    if call.result == "voicemail" and not call.has_message:
        return "reached the voicemail, left no message"
    words = _RESULTS.get(call.result, "over")
    return f"{words} by {call.agent_name}" if call.result == "answered" and call.agent_name else words
