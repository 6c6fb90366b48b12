"""HTML from strangers: made harmless for the console, and turned into text.

nh3 and the libraries below it need quadratic time on deep nesting (1.1 MB of nested div: 96 s), so a linear
scanner looks first and refuses what is too large, too deep or too much work; that is shown as plain text.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from textwrap import dedent

import nh3
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from channels.email.understanding.charsets import printable

MAX_READ = 2_000_000  # characters that are looked at; the rest is only in the original
MAX_HTML = 300_000  # characters that are cleaned as HTML, without what is cut out before
MAX_DEPTH = 150
_MAX_WORK = 1_500_000  # the sum over all tags of how deep they lie
MAX_LAID_OUT = 60_000  # characters of a mail that inscriptis gets: it needs 10 µs for one

_TAGS = {
    *("a", "abbr", "address", "b", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup"),
    *("dd", "del", "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins"),
    *("kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table"),
    *("tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var"),
}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "blockquote": {"class", "type"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "table": {"border", "cellpadding", "cellspacing"},
}
_WITH_CONTENT = {
    *("script", "style", "title", "head", "svg", "math", "noscript", "template", "object", "iframe", "noembed"),
    *("noframes", "select", "textarea", "xmp", "plaintext", "audio", "video", "applet", "embed"),
}
_LEADS_SOMEWHERE = re.compile(r"\s*(?:https?://|mailto:|tel:|cid:)", re.IGNORECASE)  # a mail has no relative links
_MARK = "remote:"
_REMOTE = f' src="{_MARK}'  # as nh3 writes attributes
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
_CLOSE_THEMSELVES = {"p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "colgroup"}

_SCOPES = {"table", "caption", "button", "marquee", *_WITH_CONTENT}  # an end tag inside closes nothing outside
# A tag with its attributes as HTML's tokenizer reads them; after the name it can't fail, so it never backtracks.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s/>]{0,60})(?:[\s/]+|(?:=[^\s=/>]*|[^\s=/>]+)"""
    r"""(?:\s*=\s*(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s>"'][^\s>]*)?)?)*"""
)
_BALLAST = re.compile(r"<(?:(script|style)\b|!--)", re.IGNORECASE)
_BALLAST_ENDS = {
    "script": re.compile(r"</script[^>]{0,200}>", re.IGNORECASE),
    "style": re.compile(r"</style[^>]{0,200}>", re.IGNORECASE),
    "": re.compile("-->"),
}
_INLINE_OCTETS = re.compile(r"""data:[a-z0-9.+/-]{1,80};base64,[A-Za-z0-9+/=\s%]*""", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]{0,200}>", re.IGNORECASE)
_QUOTE = re.compile(r"<(/?)blockquote( [^>]*)?>")  # as nh3 writes it, and with attributes only where it is a quote
_BEGINS, _ENDS = "\ufdd0", "\ufdd1"  # stand for no character (Unicode §23.7)
_FAR_APART = re.compile(r"\n{4,}")  # as pictures leave them
_ANY_TAG = re.compile(r"<[^<>]*>")


def clean(html: str, room: int = MAX_HTML) -> tuple[str, str]:
    """Harmless HTML, and "" or why it was reduced to plain text. Remote images are not loaded, links open safely.

    room: characters of it that may be cleaned.
    """
    html = without_ballast(html[:MAX_READ])
    if why := _too_much(html, room):
        return as_html(stripped(html)), why
    return _cleaned(html).strip(), ""


def to_text(cleaned: str) -> str:
    """Readable plain text of HTML that `clean` returned, up to MAX_LAID_OUT: tables and lists are laid out, quotes have
    their signs."""
    cleaned = cleaned.replace("<hr>", "<br>")  # what stands below a rule begins on a line of its own
    marked = _with_quotes_marked(cleaned) if "<blockquote " in cleaned else cleaned
    try:
        laid_out = get_text(f"<html><body>{marked}</body></html>", ParserConfig(css=CSS_PROFILES["strict"]))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return stripped(cleaned)
    lines = dedent("\n".join(line.rstrip() for line in laid_out.split("\n"))).split("\n")
    return _FAR_APART.sub("\n\n\n", "\n".join(_quoted(lines) if _BEGINS in laid_out else lines)).strip("\n")


def _with_quotes_marked(cleaned: str) -> str:
    opened: list[bool] = []

    def marked(tag: re.Match[str]) -> str:
        if not tag[1]:
            opened.append(bool(tag[2]))
            return tag[0] + _BEGINS * opened[-1]
        return _ENDS * (opened.pop() if opened else False) + tag[0]

    return _QUOTE.sub(marked, cleaned.replace(_BEGINS, "").replace(_ENDS, ""))


def _quoted(lines: list[str]) -> Iterator[str]:
    """With the sign of a quote before each line between the marks."""
    depth = 0
    for line in lines:
        level = depth + line.count(_BEGINS)
        depth = level - line.count(_ENDS)
        words = line.replace(_BEGINS, "").replace(_ENDS, "")
        if words.strip() or words == line:
            yield f"{'>' * level} {words.lstrip()}".rstrip() if level else words


def as_html(text: str) -> str:
    """Plain text as paragraphs."""
    paragraphs = re.split(r"\n{2,}", text.strip("\n"))
    return "".join(
        f"<p>{escape(paragraph, quote=False).replace(chr(10), '<br>')}</p>" for paragraph in paragraphs if paragraph
    )


def stripped(html: str) -> str:
    """The words between the tags, in linear time."""
    text = _unescaped(_ANY_TAG.sub(" ", _BREAKS.sub("\n", html)))
    lines = (" ".join(line.split()) for line in printable(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _unescaped(html: str) -> str:
    """As html.unescape, for a tenth of the price where each of a million bare & has become a reference."""
    return "&".join(map(unescape, html.split("&amp;")))


def without_ballast(html: str) -> str:
    """Without comments, scripts, style sheets and images written into the markup; what never closes stays."""
    html = html.replace("\x00", "")
    kept: list[str] = []
    position = 0
    while match := _BALLAST.search(html, position):
        end = _BALLAST_ENDS[(match[1] or "").lower()].search(html, match.end())
        if not end:
            break
        kept.append(html[position : match.start()])
        position = end.end()
    return _INLINE_OCTETS.sub("", "".join(kept) + html[position:])


def _cleaned(html: str) -> str:
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    return cleaned.replace(_REMOTE, ' data-remote="')


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """An image's source loads only when it came with the mail: anything else tells the sender who reads. It is kept
    in `data-remote`, where no browser looks, until somebody asks for it."""
    if (tag, attribute) == ("img", "src"):
        source = value.strip()
        if source.lower().startswith(("http://", "https://")):
            return f"{_MARK}{source}"
        return value if source.lower().startswith("cid:") else None
    if tag == "blockquote":
        return value.lower() if value.lower() == "cite" else "quote" if "quote" in value.lower() else None
    if attribute == "href":
        return value if _LEADS_SOMEWHERE.match(value) else None
    return value


def _too_much(html: str, room: int) -> str:
    if len(html) > room:
        return f"the HTML is longer than {MAX_HTML} characters and is shown as plain text"
    if html.count("<") <= MAX_DEPTH:
        return ""  # so few tags can neither lie too deep nor be too much work
    work = 0
    opened: list[str] = []
    for closing, tag in _TAG.findall(html):
        work += len(opened)
        if len(opened) > MAX_DEPTH or work > _MAX_WORK:
            return "the HTML is nested too deeply and is shown as plain text"
        _follow(opened, tag.lower(), bool(closing))
    return ""


def _follow(opened: list[str], name: str, closing: bool) -> None:
    """Keeps the list of open elements, rather too long than too short: it bounds what the cleaner may cost."""
    if name in _CLOSE_THEMSELVES or name in _VOID:
        return
    if not closing:
        opened.append(name)
        return
    for index in range(len(opened) - 1, -1, -1):
        if opened[index] == name:
            del opened[index : index + 1 if name not in _SCOPES else None]
            return
        if opened[index] in _SCOPES:
            return
