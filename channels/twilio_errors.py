"""What Twilio's error codes mean for a message and for its address, in words that say what to do next.

The same table serves answers to a send and the ErrorCode of a status callback. A text that certainly didn't arrive
may be worth another try: `again_after` seconds later, `tries` times in all.
Source: https://www.twilio.com/docs/api/errors
"""

from dataclasses import dataclass
from typing import Literal

from channels.contract import AddressFlag

Outcome = Literal["retry", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """outcome: of a send, as in SendError; words: for the caseworker; flag: what it says about the address."""

    outcome: Outcome
    words: str
    flag: AddressFlag | None = None
    again_after: float | None = None
    tries: int = 0

    @property
    def alert(self) -> bool:
        """Whether an administrator has to do something."""
        return _ADMIN in self.words


_ADMIN = "Ask an administrator to check the text provider's account"
_MINUTES = 60.0

VERDICTS: dict[str, Verdict] = {
    "20003": Verdict("failed", f"The text provider refused our credentials. {_ADMIN}: account_sid and auth_token."),
    "20404": Verdict("failed", f"The text provider doesn't know our account. {_ADMIN}: account_sid and api_url."),
    "20429": Verdict("retry", "The text provider has too much to do. It is tried again by itself."),
    "21211": Verdict("failed", "This isn't a valid telephone number. Check it, or answer another way.", "unreachable"),
    "21212": Verdict("failed", f"Our own number isn't valid for sending. {_ADMIN}: the inbox's address."),
    "21408": Verdict("failed", f"Texts to this country are switched off. Answer another way. {_ADMIN}."),
    "21602": Verdict("failed", "The message was empty. Write it again."),
    "21606": Verdict("failed", f"Our own number can't send texts to this one. {_ADMIN}: the inbox's address."),
    "21608": Verdict("failed", f"A trial account may only text verified numbers. {_ADMIN}."),
    "21609": Verdict("failed", f"The provider can't reach our address for delivery reports. {_ADMIN}: HUB_PUBLIC_URL."),
    "21610": Verdict(
        "failed",
        "This person has opted out of texts. Don't text again: call or write instead.",
        "opted_out",
    ),
    "21611": Verdict("retry", "Too many texts are waiting at the provider. It is tried again by itself."),
    "21612": Verdict("failed", "This number can't be reached by text from ours. Call or write instead."),
    "21614": Verdict("failed", "This number takes no texts: it isn't a mobile. Call or write.", "no_texts"),
    "21617": Verdict("failed", "The message is longer than 1,600 characters. Send it in shorter parts."),
    "30001": Verdict(
        "retry", "Too many texts were waiting at the provider. Send it again.", again_after=10 * _MINUTES, tries=3
    ),
    "30002": Verdict("failed", f"The text provider has suspended our account. {_ADMIN}."),
    "30003": Verdict(
        "retry",
        "The phone was switched off or out of reach. Send it again later, or call.",
        again_after=30 * _MINUTES,
        tries=4,
    ),
    "30004": Verdict("failed", "The phone or its network blocks our texts. Call or write instead."),
    "30005": Verdict(
        "failed", "The number is unknown or no longer in use. Check it, or answer another way.", "unreachable"
    ),
    "30006": Verdict("failed", "This is a landline or its network takes no texts. Call instead.", "no_texts"),
    "30007": Verdict("failed", f"The text was filtered out as spam. Reword it, or call. {_ADMIN}: spam filtering."),
    "30008": Verdict(
        "retry",
        "It wasn't delivered and the network gave no reason. Send it once more, or call.",
        again_after=5 * _MINUTES,
        tries=2,
    ),
    "30034": Verdict("failed", f"Our number isn't registered for texts to this country. {_ADMIN}."),
    "63003": Verdict("failed", "This number has no WhatsApp. Answer by text, or call.", "unreachable"),
    "63007": Verdict("failed", f"Our number isn't a WhatsApp sender. {_ADMIN}: the WhatsApp sender."),
    "63016": Verdict(
        "failed",
        "WhatsApp lets us answer only within 24 hours of the citizen's last message. Answer by text, or call.",
    ),
    "63018": Verdict("retry", "WhatsApp has too much to do. It is tried again by itself."),
    "63024": Verdict("failed", "This number has no WhatsApp. Answer by text, or call.", "unreachable"),
}


def verdict(code: str) -> Verdict:
    """What this code means; one that isn't in the table fails the message and names itself."""
    if code in VERDICTS:
        return VERDICTS[code]
    named = f" (error {code})" if code else ""
    return Verdict("failed", f"The text provider couldn't deliver this{named}. Answer another way. {_ADMIN}.")
