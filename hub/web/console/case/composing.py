"""What the composer holds beside the ways to answer: the text so far, files, copies, templates, the signature."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from channels.contract import FileLimits
from hub.actions.files.uploads import in_words
from hub.queries.templates import TemplateView
from hub.queries.views import CasePage, Uploaded
from hub.reference import spoken
from hub.web.console.case.replying import Way
from hub.web.console.reading import WholeCase
from hub.web.console.visit import Form, Visit

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WRITTEN = re.compile(r"[^\s,;<>]+@[^\s,;<>]+")
_FIRST_LETTERS = 60
_OTHERS = 30
TICKED = "copy-to "  # begins the name of a box; the address follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A template, filled in for this case."""

    slug: str
    name: str
    text: str
    channels: str  # names in a row; "" = all


@dataclass(frozen=True, slots=True, kw_only=True)
class Composing:
    text: str = ""
    cc: str = ""
    bcc: str = ""
    quotes: bool = False
    uploads: tuple[Uploaded, ...] = ()
    templates: tuple[Offered, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)  # by channel that carries files: how many and how large
    others: tuple[
        str, ...
    ] = ()  # addresses that the citizen's mails went to, too; a copy only for whom the agent ticks
    ticked: tuple[str, ...] = ()  # of these
    quotable: str = ""  # what may be quoted, in words; "" = nothing


def composing(visit: Visit, whole: WholeCase, ways: Sequence[Way], draft: Form) -> Composing:
    """`draft` is what was typed so far; without it the participants get a copy, as before."""
    page = whole.page
    copies = draft.get("cc", ", ".join(each.address for each in page.participants))
    return Composing(
        text=draft.get("text", ""),
        cc=copies,
        others=_others(page, copies),
        ticked=tuple(ticked(draft)),
        bcc=draft.get("bcc", ""),
        quotes=bool(draft.get("quotes")),
        uploads=whole.uploads,
        templates=offered(visit, page, whole.templates),
        limits={way.channel: in_words(limits) for way in ways if (limits := _limits(visit, way.channel)) is not None},
        quotable=_quotable(visit, page),
    )


def ticked(sent: Form) -> list[str]:
    """Addresses of the form's boxes for those whom the citizen's mail went to, too."""
    return [name.removeprefix(TICKED) for name in sent if name.startswith(TICKED)]


def _others(page: CasePage, copies: str) -> tuple[str, ...]:
    """In the order in which they were first named; who gets a copy already, or is the citizen, is left out."""
    known = {address.value for address in page.case.contact.addresses} | set(_WRITTEN.findall(copies.lower()))
    named = (address for message in page.messages if message.direction == "in" for address in message.cc)
    return tuple(each for each in dict.fromkeys(named) if each not in known)[:_OTHERS]


def offered(visit: Visit, page: CasePage, templates: Sequence[TemplateView]) -> tuple[Offered, ...]:
    council = visit.hub.directory
    values = {
        "reference": spoken(page.case.reference),
        "name": page.case.contact.name,
        "agent": visit.agent.name,
        "council": council.council,
    }
    return tuple(
        Offered(
            slug=template.slug,
            name=template.name,
            text=_filled(_in_language(template.texts, (page.case.contact.language, *council.languages)), values),
            channels=" ".join(template.channels),
        )
        for template in templates
    )


def _in_language(texts: Mapping[str, str], languages: Sequence[str]) -> str:
    """The first of these languages, whole or without its region, that there is; else the text of none in particular."""
    for language in languages:
        for wanted in (language, language.partition("-")[0]):
            if wanted in texts:
                return texts[wanted]
    return texts.get("") or next(iter(texts.values()), "")


def _filled(text: str, values: Mapping[str, str]) -> str:
    """What isn't known keeps its braces, so that the agent sees the gap before the citizen does."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], text)


def _limits(visit: Visit, channel: str) -> FileLimits | None:
    for entry in visit.hub.directory.inboxes.values():
        if entry.channel == channel and entry.active and (limits := visit.hub.file_limits(entry.id)) is not None:
            return limits
    return None


def _quotable(visit: Visit, page: CasePage) -> str:
    """By the setting of the inbox that the citizen's latest mail came to, as the answer leaves through it."""
    said = [message for message in page.messages if message.direction == "in" and message.channel == "email"]
    own = [message for message in said if not message.automatic]
    if not own:
        return ""
    inboxes = [entry for entry in visit.hub.directory.inboxes.values() if entry.port.address == own[-1].recipient]
    how = visit.hub.quoting(inboxes[0].id) if inboxes else "none"
    words = " ".join(own[-1].text.split())
    begun = words if len(words) <= _FIRST_LETTERS else f"{words[:_FIRST_LETTERS].rstrip()}…"
    offered = {"none": "", "last": f"Quote below: “{begun}”", "whole": "Quote below all mails so far, the newest first"}
    return offered[how]
