"""The signature that an inbox puts below its agents' words: one text, or one a language."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from channels.contract import Inbox, OutboundMessage

LONGEST = 2000  # characters
PLACEHOLDERS = ("agent", "council", "reference")

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def signature_of(message: OutboundMessage, inbox: Inbox) -> str:
    """In the citizen's language, else the council's; "" for machines, and where the inbox has none."""
    if message.automatic:
        return ""
    values = {"agent": message.author, "council": inbox.council, "reference": message.reference}
    written = in_language(inbox.config.get("signature", ""), (message.language, *inbox.languages))
    return filled_in(written, values)


def filled_in(written: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), written).strip()


def in_language(texts: Any, languages: Iterable[str]) -> str:
    """The text for the first of these languages (BCP 47), whole or without its region, that there is; else the first by
    its tag, whatever order a database gives them in."""
    if isinstance(texts, str):
        return texts
    if not isinstance(texts, Mapping) or not texts:
        return ""
    tags = (tag for language in languages for tag in (language, language.partition("-")[0]))
    return str(texts[next((tag for tag in tags if texts.get(tag)), min(texts))])


def signature_faults(written: Any) -> list[str]:
    return text_faults("signature", written, PLACEHOLDERS)


def text_faults(name: str, written: Any, placeholders: Sequence[str]) -> list[str]:
    """Of a setting that is one text, or one a language: a sentence a fault, the key first."""
    texts = written if isinstance(written, Mapping) else {"": written}
    faults = []
    for language, text in texts.items():
        key = f"{name}.{language}" if language else name
        if language and not _LANGUAGE.fullmatch(language):
            faults.append(f"{key}: must be a language tag such as en or cy")
        if not isinstance(text, str):
            faults.append(f"{key}: must be a text, or a table of texts by language")
        elif len(text) > LONGEST:
            faults.append(f"{key}: longer than {LONGEST} characters")
        else:
            there_are = ", ".join(f"{{{each}}}" for each in placeholders)
            unknown = [each for each in _PLACEHOLDER.findall(text) if each not in placeholders]
            faults += [f"{key}: there is no {{{each}}}; there are {there_are}" for each in unknown]
    return faults
