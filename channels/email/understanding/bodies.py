"""Which parts are the text and which are attachments: the rule of RFC 8621 §4.1.4, and uuencoded blocks."""

import re
from dataclasses import dataclass, field
from typing import Literal

from channels.email.understanding.appointments import in_words
from channels.email.understanding.charsets import decode, printable
from channels.email.understanding.cleaning import MAX_HTML, MAX_LAID_OUT, as_html, clean, stripped, to_text
from channels.email.understanding.headers import text_of
from channels.email.understanding.mail import Attachment
from channels.email.understanding.mime import Part, leaves, octets
from channels.email.understanding.uuencoding import MAX_BLOCKS, uu_taken_out

MAX_TEXT = 1_000_000  # characters of text that are kept; the rest is only in the original
_MAX_OCTETS = 4 * MAX_TEXT  # of text that are decoded, in all parts together
_CUT = f"the text is longer than {MAX_TEXT} characters and was cut; the original has all"

_TEXTS = ("text/plain", "text/html")
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_META = re.compile(
    rb"<meta\b[^>]{0,200}?\bcharset\s{0,5}=\s{0,5}[\"']?(?!utf-?16)([\w.:-]{1,40})", re.IGNORECASE | re.ASCII
)
_HEAD = 5_000  # bytes of a page in which it names its charset
_FILE_NAME = re.compile(r"[\w .-]{1,100}\.\w{2,5}")
_MARKUP = re.compile(r"<[^<>\n]{1,80}>")


@dataclass
class Content:
    """What a mail's parts hold; `html` is cleaned."""

    texts: tuple[str, ...] = ()  # one after the other
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    room: int = _MAX_OCTETS  # for text that is still to be decoded
    charsets: tuple[str, ...] = ()  # that the mail names anywhere

    @property
    def text(self) -> str:
        return "\n\n".join(self.texts)


@dataclass
class _Views:
    """The same content told twice, as multipart/alternative does, and what belongs to neither."""

    plain: list[Part] = field(default_factory=list)
    rich: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)


def content_of(root: Part) -> Content:
    """Text, HTML and attachments of a parsed mail."""
    views = _Views()
    _sort(root, views)
    content = Content(charsets=root.headers.charsets)
    shown = {id(part): part for part in [*views.plain, *views.rich]}
    texts = {key: _text(part, content) for key, part in shown.items()}
    cleaned = _clean_html(views.rich, texts, content)
    content.texts = _plain_texts(views, texts, cleaned)
    if cleaned:
        content.html = "\n".join(cleaned[key] if key in cleaned else as_html(texts[key]) for key in map(id, views.rich))
    named = [part for part in shown.values() if part.filename]  # shown, and files all the same
    content.attachments.extend(_attachment(part, content) for part in [*named, *views.attached])
    if not content.texts:
        content.texts = (_other_text(views.attached),)
    if len(content.text) > MAX_TEXT:
        _note(content, _CUT)
    content.texts = within_limit(content.texts)
    return content


def within_limit(texts: tuple[str, ...]) -> tuple[str, ...]:
    """As one where they are too long together."""
    text = "\n\n".join(texts)
    return texts if len(text) <= MAX_TEXT else (text[:MAX_TEXT],)


def _sort(root: Part, views: _Views) -> None:
    if root.children:
        _sort_children(root, views)
        return
    if root.media_type.startswith("multipart/"):
        root.media_type = "text/plain"
    plain = _is_body(root, True, "")
    for view in (views.plain, views.rich) if plain else (views.attached,):
        view.append(root)


def _sort_children(container: Part, views: _Views, alternative: bool = False) -> None:
    """RFC 8621: in an alternative, text goes to the plain view and HTML to the rich one; elsewhere to both."""
    within = container.media_type.removeprefix("multipart/")
    alternative = alternative or within == "alternative"
    plain_before, rich_before = len(views.plain), len(views.rich)
    root = container.parameters.get("start", "").strip("<> ") if within == "related" else ""  # RFC 2387 §3.2
    children = sorted(container.children, key=lambda part: part.content_id != root) if root else container.children
    for index, part in enumerate(children):
        nothing_yet = (len(views.plain), len(views.rich)) == (plain_before, rich_before)
        is_first = nothing_yet if within == "related" else index == 0  # a picture may stand before what shows it
        if part.children:
            _sort_children(part, views, alternative)
        elif not _is_body(part, is_first, within):
            views.attached.append(part)
        else:
            if not alternative or part.media_type == "text/plain":
                views.plain.append(part)
            if not alternative or part.media_type == "text/html":
                views.rich.append(part)
    if within == "alternative":
        if len(views.plain) == plain_before:
            views.plain.extend(views.rich[rich_before:])
        elif len(views.rich) == rich_before:
            views.rich.extend(views.plain[plain_before:])


def _is_body(part: Part, is_first: bool, within: str) -> bool:
    if part.media_type.startswith("multipart/"):
        part.media_type = "text/plain"  # announced as several parts, but there are none
    encoded = "uue" in part.headers.first("content-transfer-encoding").lower()
    if part.media_type not in _TEXTS or part.disposition == "attachment" or encoded:
        return False
    if within == "related" and (part.media_type != "text/plain" or part.content_id):
        return is_first  # the others belong to the page
    return is_first or not part.filename


def _text(part: Part, content: Content) -> str:
    body, problem = octets(part)
    _note(content, problem)
    if part.media_type == "text/plain" and len(content.attachments) < MAX_BLOCKS:
        body, found = uu_taken_out(body)
        content.attachments.extend(found)
    if len(body) > content.room:
        _note(content, _CUT)
    body = body[: content.room]
    content.room -= len(body)
    named = _META.search(body, 0, _HEAD) if part.media_type == "text/html" else None
    elsewhere = (named[1].decode(), *content.charsets) if named else content.charsets
    text, problem = decode(body, part.parameters.get("charset", "").partition(" ")[0], elsewhere)
    _note(content, problem)
    text = printable(text.replace("\r\n", "\n").replace("\r", "\n"))
    if part.media_type == "text/plain" and part.parameters.get("format", "").lower() == "flowed":
        return _unflowed(text, part.parameters.get("delsp", "").lower() == "yes")
    return text


def _unflowed(text: str, delete_space: bool) -> str:
    """Paragraphs in one line each (RFC 3676); quotes and signatures keep their lines."""
    paragraphs: list[list[str]] = []
    flowing = False
    for line in text.split("\n"):
        plain = not line.startswith(">")
        line = line.removeprefix(" ")
        if not (flowing and plain and line != "-- "):
            paragraphs.append([])
        flowing = plain and line.endswith(" ") and line != "-- "
        paragraphs[-1].append(line[:-1] if flowing and delete_space else line)
    return "\n".join("".join(lines) for lines in paragraphs)


def _clean_html(parts: list[Part], texts: dict[int, str], content: Content) -> dict[int, str]:
    """The HTML parts, cleaned; what is too much for all of them together is plain text."""
    cleaned: dict[int, str] = {}
    room = MAX_HTML
    for part in parts:
        if part.media_type == "text/html":
            html = texts[id(part)]
            cleaned[id(part)], problem = clean(html, room)
            room -= 0 if problem else len(html)
            _note(content, problem)
    return cleaned


def _plain_texts(views: _Views, texts: dict[int, str], cleaned: dict[int, str]) -> tuple[str, ...]:
    as_text = to_text if sum(map(len, cleaned.values())) <= MAX_LAID_OUT else stripped

    def told(parts: list[Part]) -> tuple[str, ...]:
        shown = (as_text(cleaned[key]) if key in cleaned else texts[key] for key in map(id, parts))
        return tuple(text.strip("\n") for text in shown if text.strip())

    return told(views.plain) or told(views.rich)


def _other_text(parts: list[Part]) -> str:
    """The words of a mail whose only text is of an unusual kind (text/enriched, text/x-…, a report's fields), or has a
    name as files have."""
    shown = [part for part in parts if part.media_type.startswith("text/") and part.disposition != "attachment"]
    for part in sorted(shown, key=lambda part: bool(part.filename)):
        if not part.filename or part.media_type in _TEXTS:
            text, _ = decode(octets(part)[0][:_MAX_OCTETS], part.parameters.get("charset", ""))
            text = printable(text.replace("\r\n", "\n"))
            if part.media_type == "text/calendar":
                return in_words(text)
            return stripped(text) if part.media_type in _TEXTS else _MARKUP.sub("", text).strip()
    reported = (octets(part)[0][:MAX_TEXT] for part in parts if part.media_type in _STATUS)
    return printable("\n\n".join(decode(each, "")[0].replace("\r\n", "\n").strip() for each in reported))


def _attachment(part: Part, content: Content) -> Attachment:
    body, problem = octets(part)
    _note(content, problem)
    name, kind = part.filename or _location(part), part.media_type
    if "uue" in kind or "uue" in part.headers.first("content-transfer-encoding").lower():
        _, found = uu_taken_out(body)
        if len(found) == 1:
            body, name = found[0].content, name or found[0].filename
    return Attachment(
        filename=printable(name)[:255],
        media_type=kind,
        content=body,
        content_id=text_of(part.content_id),
        disposition=_disposition(part),
    )


def _location(part: Part) -> str:
    """The last step of where the part says that it comes from (RFC 2557 §4.2), when that is a file's name."""
    last = text_of(part.headers.first("content-location")).rpartition("/")[2]
    return last if _FILE_NAME.fullmatch(last) else ""


def _disposition(part: Part) -> Literal["attachment", "inline"]:
    return "inline" if part.disposition == "inline" or (part.content_id and not part.disposition) else "attachment"


def _note(content: Content, problem: str) -> None:
    if problem and problem not in content.problems:
        content.problems.append(problem)


def parts_of_type(root: Part, media_type: str) -> list[Part]:
    return [part for part in leaves(root) if part.media_type == media_type]
