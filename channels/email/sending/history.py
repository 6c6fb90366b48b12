"""What was said before an answer, below its words: `quote` of the inbox says how much, and the agent whether at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from channels.contract import Inbox, Quoted, Quoting
from channels.email.settings import quoting
from channels.email.understanding.charsets import printable
from channels.email.understanding.cleaning import as_html
from channels.email.understanding.headers import text_of
from channels.formatting import html_of, turned

MOST_MESSAGES = 30
MOST_LETTERS = 50_000  # of all together; the newest stands whole, however long it is


@dataclass(frozen=True, slots=True)
class Below:
    """The same in both forms; "" when nothing is quoted."""

    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)


def below(quoted: Sequence[Quoted], inbox: Inbox) -> Below:
    """`quoted`: the newest first. Each message stands once, beside the others, with who wrote it and when."""
    chosen = list(_chosen(quoted, quoting(inbox)))
    ours = inbox.setting("from_name", inbox.council)
    return Below(
        text="\n\n".join(f"{_introduced(each, ours)}\n{_marked(each)}" for each in chosen),
        html="".join(_block(each, ours) for each in chosen),
    )


def _chosen(quoted: Sequence[Quoted], how: Quoting) -> Iterator[Quoted]:
    """Whole messages, up to the first that is one or has letters too many."""
    if how == "last":
        yield from [each for each in quoted if each.author][:1]
    elif how == "whole":
        letters = 0
        for place, each in enumerate(quoted[:MOST_MESSAGES]):
            letters += len(each.text)
            if place and letters > MOST_LETTERS:
                return
            yield each


def _introduced(quoted: Quoted, ours: str) -> str:
    """In the words that every mail program knows, so that the next answer's quotes are told apart."""
    author = text_of(_plain(quoted.author or ours))[:200]
    return f"On {quoted.at:%a, %d %b %Y at %H:%M %Z}, {author} wrote:"


def _marked(quoted: Quoted) -> str:
    return "\n".join(f"> {line}".rstrip() for line in _plain(quoted.text).split("\n"))


def _block(quoted: Quoted, ours: str) -> str:
    said = as_html(_plain(quoted.text)) if quoted.author else html_of(_plain(quoted.text))
    return f"<p>{escape(_introduced(quoted, ours))}</p><blockquote{turned(quoted.text)}>{said}</blockquote>"


def _plain(text: str) -> str:
    return printable(text.replace("\r\n", "\n").replace("\r", "\n"))
