"""What a mail that is sent to many has beyond others: the way to say no to more, for readers and their programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.contract import Inbox, OutboundMessage
from channels.email.sending.signing import filled_in, in_language, text_faults

PLACEHOLDERS = ("link", "council")
DEFAULT = "{council} sends this to many people. To get no more of such messages: {link}"

_NO_ANSWERS = "DR, RN, NRN, OOF, AutoReply"  # but reports of failures, which the hub reads


def bulk_headers(message: OutboundMessage) -> Mapping[str, str]:
    """RFC 2369 and 8058: the mail program shows a button of its own, which asks the address by POST."""
    return {
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": _NO_ANSWERS,
        "List-Unsubscribe": f"<{message.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def way_out(message: OutboundMessage, inbox: Inbox) -> str:
    """The words below a mail to many, in its reader's language, else the council's; they always hold the link."""
    written = in_language(inbox.config.get("unsubscribe") or DEFAULT, (message.language, *inbox.languages))
    told = filled_in(written, {"link": message.unsubscribe, "council": inbox.council})
    return told if message.unsubscribe in told else f"{told}\n{message.unsubscribe}"


def unsubscribe_faults(written: Any) -> Sequence[str]:
    """A sentence a fault, the key first."""
    faults = text_faults("unsubscribe", written, PLACEHOLDERS)
    texts = written if isinstance(written, Mapping) else {"": written}
    for language, text in texts.items():
        if isinstance(text, str) and text and "{link}" not in text:
            faults.append(f"unsubscribe{'.' * bool(language)}{language}: must hold {{link}}, where its reader says no")
    return faults
