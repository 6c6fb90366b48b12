"""Words that, as the whole text, are an order to the hub and not a message to a caseworker."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from channels.contract import Keyword

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
LONGEST = 40  # characters of a keyword
_STATUS = re.compile(r"(?:STATUS|STATWS)[ :#]*[0-9 -]*")

# What Twilio's Advanced Opt-Out made of the text itself, in the council's own languages and words.
OPT_OUT_TYPES: dict[str, Keyword] = {"STOP": "stop", "START": "start", "HELP": "help"}

Answers = tuple[tuple[str, str], ...]  # (language, text); the language "" is for everybody


@dataclass(frozen=True, slots=True)
class Order:
    """What a text asks of the hub. answers: the council's words for it, () = the hub's own."""

    keyword: Keyword
    answers: Answers = ()
    settled: bool = False  # the provider has answered
    purpose: Literal["all", "bulk"] = "all"


def order(text: str, config: Mapping[str, Any], opt_out_type: str = "") -> Order | None:
    """The order that this text is, None when it is words for a caseworker.

    The provider's own reading (OptOutType) goes first, then the consent words, which no council can give another
    meaning, then the council's own keywords.
    """
    bare = _bare(text)
    stated = OPT_OUT_TYPES.get(opt_out_type.strip().upper())
    keyword = stated or (KEYWORDS.get(bare) if bare else None)
    if keyword is not None:
        settled = bool(stated) or config.get("opt_out_answers") == "provider"
        return Order(keyword, _answers(config.get("answers", {}).get(keyword)), settled)
    if not bare:
        return None
    own = next((each for each in config.get("keyword", ()) if bare in map(_bare, each["words"])), None)
    if own is not None:
        answers = _answers(own["answer"])
        consent = own.get("consent")
        return Order(consent, answers, purpose="bulk") if consent else Order("own", answers)
    if bare.startswith("STAT") and _STATUS.fullmatch(bare):
        return Order("status", _answers(config.get("answers", {}).get("status")))
    return None


def _bare(text: str) -> str:
    """In capitals, one space between words; "" when it is too long to be a keyword."""
    stripped = text.strip()
    return " ".join(stripped.upper().split()) if len(stripped) <= 2 * LONGEST else ""


def _answers(written: object) -> Answers:
    if isinstance(written, Mapping):
        return tuple((str(language), str(text)) for language, text in written.items())
    return (("", written),) if isinstance(written, str) else ()
