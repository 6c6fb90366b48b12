"""Words that, as the whole text, are an order to the hub and not a message to a caseworker."""

from typing import Literal

Keyword = Literal["stop", "start", "help"]

KEYWORDS: dict[str, Keyword] = {
    "STOP": "stop",
    "STOPALL": "stop",
    "UNSUBSCRIBE": "stop",
    "END": "stop",
    "QUIT": "stop",
    "CANCEL": "stop",
    "REVOKE": "stop",
    "OPTOUT": "stop",
    "OPT OUT": "stop",
    "START": "start",
    "YES": "start",
    "UNSTOP": "start",
    "HELP": "help",
    "INFO": "help",
}
LONGEST = max(map(len, KEYWORDS))

# What Twilio's Advanced Opt-Out made of the text itself, in the council's own languages and words.
OPT_OUT_TYPES: dict[str, Keyword] = {"STOP": "stop", "START": "start", "HELP": "help"}


def keyword(text: str, opt_out_type: str = "") -> Keyword | None:
    """The order that this text is; the provider's own reading (OptOutType) goes first."""
    ordered = OPT_OUT_TYPES.get(opt_out_type.strip().upper())
    if ordered:
        return ordered
    stripped = text.strip()
    if len(stripped) > 2 * LONGEST:
        return None
    return KEYWORDS.get(" ".join(stripped.upper().split()))
