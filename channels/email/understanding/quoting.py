"""The sender's own words, without what was quoted, signed or added by a phone.

Line by line and in linear time. Rather too much is kept than too little: when an answer stands between or below
quotes they stay, and when nothing would be left the whole text comes back. The original is shown beside it anyway.
"""

import re
from unicodedata import category

from channels.email.understanding.armour import without_armour
from channels.email.understanding.small_print import BANNERS, DISCLAIMERS, SENT_FROM
from channels.email.understanding.vocabulary import (
    FORWARD_PREFIXES,
    FORWARDED,
    FROM,
    OPENINGS,
    OTHER_FIELDS,
    SEPARATORS,
    WROTE,
)

MAX_LINES = 10_000  # beyond, the text is returned as it is
_MAX_ANSWERED = 20  # attributions that are taken out of a text answered between its quotes
_NEXT = "\x1c"  # the line, blank to whoever asks, behind which the next text begins
_LOOK = 300  # characters of a line that a pattern sees
_WINDOW = 8  # lines that an attribution may be broken into
_WINDOW_CHARACTERS = 500
_MAX_SIGNATURE = 20  # lines
_MAX_DISCLAIMER = 60  # lines
_MAX_BANNER = 6  # lines

_VERB = re.compile(rf"(?<!\w)(?:{'|'.join(WROTE)})(?!\w)|写道|寫道", re.IGNORECASE)
_VERBS = tuple(word.casefold() for word in (*WROTE, "写道", "寫道"))
_NUMBERED = re.compile(r"[\d@]")
_ENDS = re.compile(rf"[:：]\s*$|wrote\s*-{{2,}}\s*$|>\s*(?:{'|'.join(WROTE)})\s*$", re.IGNORECASE)
_LAST_SIGNS = frozenset(":：-\u200f\u202c")
_EMAIL = re.compile(r"[^\s<>@]{1,80}@[^\s<>@]{1,80}")
_MOMENT = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.h]\d\d(?!\d))|年")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")  # a year, in the digits and of the calendar of any country
_BRACKETED = re.compile(r"[<(]\s?[^\s<>()@]{1,80}@[^\s<>()@]{1,80}\s?[)>]")
_DIRECTIONS = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # marks that nobody sees
# "See you. On Wed, Apr 4, 2012 at 3:59 PM, jo@doe.example wrote:": the answer and the attribution share a line.
_SHARED = re.compile(
    rf"(.{{0,200}}?\S)\s*(?:-{{2,}}\s*|\s)(?=(?:{'|'.join(OPENINGS)})\s\S.{{0,80}}?(?:19|20)\d\d.{{0,160}}[:：]\s*$)"
)
_OPENING = re.compile(
    rf"[-\s>*]*(?:(?:{'|'.join(OPENINGS)}|20\d\d|\d{{1,2}}[ ./])\b|[在于])|.{{0,80}}<[^<>\s]{{1,80}}@"
)
_DATED_NAME = re.compile(
    r"(?:19|20)\d\d[-/]\d{1,2}[-/]\d{1,2}\b(?:.{0,200}<\s?[^<>\s]+@[^<>\s]+\s?>:?$|.{0,20}GMT.{0,80}$)"
)
# 26.06.2014, 14:41, "Jo Doe" <jo@doe.example>:
_DATED_SENDER = re.compile(
    r"(?:[^\W\d]{2,12}\.?,? )?\d{1,4}[\s.,:/-](?=.{0,60}(?:19|20)\d\d)(?=.{0,60}\d{1,2}[:.]\d\d|\d\d[:\s])"
    r".{0,200}<[^\s<>@]{1,80}@[^\s<>@]{1,80}>\s?[:：]$"
)

_SEPARATOR = re.compile(
    rf"[\s>*]*(?:[-_=]{{2,}}|—{{2,}})\s*\*?\s*(?:{'|'.join(SEPARATORS)})\s*:?\s*\*?\s*[-_=—]*\s*\*?\s*"
    rf"(?:$|(?:{'|'.join(FROM)})\s?:)",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[\s>*#-]*(?:begin forwarded message|anfang der weitergeleiteten|début du message|original message processed by"
    r"|(?:please )?(?:(?:type|write|enter) your )?reply above this line)",
    re.IGNORECASE,
)
_GROUPWISE = re.compile(r">>> \S.{0,200}\d[:.]\d\d.{0,20}>>>$")  # >>> Jo Doe <jo@doe.example> 23/11/26 10:15 >>>
_FORWARD_SUBJECT = re.compile(rf"\s*(?:{'|'.join(FORWARD_PREFIXES)})\s?[:：]", re.IGNORECASE)
_FORWARD_LINE = re.compile(rf"[\s*-]*(?:{'|'.join(FORWARDED)})", re.IGNORECASE)
_FROM_LINE = re.compile(rf"[\s>*_|]*(?:{'|'.join(FROM)})\s?\*?\s?[:：]\s?\*?\s*\S", re.IGNORECASE)
_OTHER_LINE = re.compile(rf"[\s>*_|]*(?:{'|'.join(OTHER_FIELDS)})\s?\*?\s?[:：]", re.IGNORECASE)

_MAY_BEGIN = re.compile(r"[\d@:：>_=—-]")  # one of these is in each line that begins any other quotation
_RULE = re.compile(r"\s*[-_=+~#*ᐧ—–\u200b]+\s*$")
_SIGNATURE = re.compile(r"\s?(?:--|—|__|_{10,})\s*$")
_QUOTE = re.compile(r"\s{0,3}(?:[>|]|[A-Z]{1,3}>)")  # also with the initials of who is quoted
_BANNER = re.compile(rf"\W{{0,10}}(?:{'|'.join(BANNERS)})", re.IGNORECASE)
_DISCLAIMER = re.compile(rf"[\s*_\[(>]*(?:{'|'.join(DISCLAIMERS)})", re.IGNORECASE)
_MOBILE = re.compile(rf"[\s<(*\[-]*(?:{'|'.join(SENT_FROM)})", re.IGNORECASE)


def own_words(*texts: str) -> str:
    """What the sender wrote, in one text or in several, each perhaps signed. Never empty when there are words."""
    written: list[str] = []
    for text in texts:
        text = text.replace("\r\n", "\n").replace("\xa0", " ")
        written += [_NEXT] * bool(written) + [line.rstrip() for line in text.split("\n")]
    lines = without_armour(written)
    if not lines:
        return ""
    if len(lines) > MAX_LINES:
        return _trimmed(lines)
    kept = _own_lines(lines)
    return _trimmed(kept) if _has_words(kept) else _trimmed(written)


def passes_on(text: str, subject: str) -> bool:
    """Does the sender hand on somebody else's mail? Then its words are what they want to be read."""
    if _FORWARD_SUBJECT.match(subject):
        return True
    return any(_FORWARD_LINE.match(line[:_LOOK]) for line in text.split("\n", MAX_LINES)[:MAX_LINES])


def _own_lines(lines: list[str]) -> list[str]:
    lines = _with_attributions_apart(_without_banner(lines))
    lines = _without_leading_attribution(lines)
    cut = _first_cut(lines)
    lines = lines[:cut] if cut is not None else lines
    lines = _without_signature(_without_disclaimer(lines))
    return _without_tail(lines)


def _trimmed(lines: list[str]) -> str:
    texts = (text.strip("\n").rstrip() for text in "\n".join(lines).split(_NEXT))
    return "\n\n".join(filter(None, texts))


def _has_words(lines: list[str]) -> bool:
    """Or a sign that says as much, such as a thumb."""
    return any(sign.isalnum() or (sign > "\u2190" and category(sign) == "So") for line in lines for sign in line)


# --- attributions and header blocks ------------------------------------------------------------------------


def _attribution_end(lines: list[str], index: int) -> int | None:
    """The line after an attribution ("On … wrote:") that begins here, broken over lines or not; None when none does."""
    first = lines[index].strip()
    if len(first) > _WINDOW_CHARACTERS or not _may_end_near(lines, index) or not _may_open(first):
        return None
    joined = ""
    for offset, line in enumerate(lines[index : index + _WINDOW]):
        joined = f"{joined} {_visible(line).strip().removeprefix('>').strip()}".strip()
        if len(joined) > _WINDOW_CHARACTERS:
            return None
        after = index + offset + 1
        dated = _DATED_NAME.match(joined) or _DATED_SENDER.match(joined)
        if dated or _ENDS.search(joined):
            found = (dated or _is_attribution(joined, lines, after)) and not _begins_lower(lines, index, after)
            return after if found else None
        if offset and lines[index].rstrip().endswith((".", "!", "?")):
            return None
    return None


def _begins_lower(lines: list[str], index: int, after: int) -> bool:
    """Does an attribution that ends here begin below an empty line? What stands above it are the sender's words."""
    places = (at for at in range(index + 1, after) if lines[at].strip() and not lines[at - 1].strip())
    return any(_attribution_end(lines, at) == after for at in places)


def _may_end_near(lines: list[str], index: int) -> bool:
    """Each pattern of an attribution ends with one of these signs: most lines of a letter are done with here."""
    for line in lines[index : index + _WINDOW]:  # noqa: SIM110 - any() would cost half as much again
        if line[-1:] in _LAST_SIGNS or ">" in line or "GMT" in line:
            return True
    return False


def _tells_who_wrote(line: str) -> bool:
    """The pattern costs microseconds a character: plain words are looked for first."""
    folded = line.casefold()
    return any(map(folded.__contains__, _VERBS)) and bool(_VERB.search(line))


def _may_open(line: str) -> bool:
    if not _NUMBERED.search(line):
        return bool(_ENDS.search(line)) and _tells_who_wrote(line)
    return bool(_OPENING.match(line) or (_FOUR_DIGITS.search(line) and _CLOCK.search(line))) or _tells_who_wrote(line)


def _visible(line: str) -> str:
    return line if line.isascii() else line.translate(_DIRECTIONS)


def _is_attribution(joined: str, lines: list[str], after: int) -> bool:
    """Who and when in any language, or the word for it in one that is known."""
    if _BRACKETED.search(joined) and _FOUR_DIGITS.search(joined) and _CLOCK.search(joined):
        return True
    if not _tells_who_wrote(joined):
        return False
    quoted = next((bool(_QUOTE.match(line)) for line in lines[after : after + 3] if line.strip()), False)
    return bool(_EMAIL.search(joined) or _MOMENT.search(joined)) or quoted


def _header_block_end(lines: list[str], index: int) -> int | None:
    """The line after a quoted mail's header (From:, Sent:, Subject: …) that begins here; None when none does.

    Three fields, or two that say who and when.
    """
    first = _visible(lines[index][:_LOOK])
    if not (_FROM_LINE.match(first) or (_OTHER_LINE.match(first) and _MOMENT.search(first))):
        return None
    found, end, misses, said = 1, index + 1, 0, first
    for position in range(index + 1, min(index + 14, len(lines))):
        line = _visible(lines[position][:_LOOK])
        if _OTHER_LINE.match(line) or _FROM_LINE.match(line):
            found, end, misses = found + 1, position + 1, 0
            said += line
        elif not lines[position].strip() and found > 2:
            if not _OTHER_LINE.match(_visible("".join(lines[position + 1 : position + 2])[:_LOOK])):
                break
        else:
            misses += 1
            if misses > 1:
                break
    alone = index == 0 or not lines[index - 1].strip()
    who_and_when = found == 2 and alone and _EMAIL.search(said) and _YEAR.search(said)
    return end if found >= 3 or who_and_when else None


def _separator_end(lines: list[str], index: int) -> int | None:
    """The line after a separator ("Original Message", "Forwarded message"), its header block included."""
    if not (_SEPARATOR.match(lines[index][:_LOOK]) or _FORWARDED.match(lines[index][:_LOOK])):
        return None
    following = index + 1
    while following < len(lines) and not lines[following].strip(" >"):
        following += 1
    block = _header_block_end(lines, following) if following < len(lines) else None
    return block or index + 1


def _quotation_end(lines: list[str], index: int) -> int | None:
    line = lines[index]
    if not (_MAY_BEGIN.search(line) or _FORWARDED.match(line[:_LOOK])):
        return None
    return _separator_end(lines, index) or _header_block_end(lines, index) or _attribution_end(lines, index)


def _without_leading_attribution(lines: list[str]) -> list[str]:
    """An answer below its quote: the attribution goes, and the quote too when words follow it."""
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    end = _quotation_end(lines, start) if lines else None
    if end is None:
        return lines
    rest = end
    while rest < len(lines) and (not lines[rest].strip() or _QUOTE.match(lines[rest])):
        rest += 1
    quoted = any(_QUOTE.match(line) for line in lines[end:rest])
    return lines[rest:] if quoted and _has_words(lines[rest:]) else lines[end:]


def _first_cut(lines: list[str]) -> int | None:
    """Where the quoted rest begins. An attribution whose quote is followed by words is only taken out."""
    index = taken_out = 0
    while index < len(lines) and taken_out < _MAX_ANSWERED:
        if _GROUPWISE.match(lines[index]):
            return index
        end = None if _QUOTE.match(lines[index]) else _quotation_end(lines, index)
        if end is None:
            index += 1
        elif _answered_below(lines, end):
            del lines[index : _block_end(lines, end) if _has_words(lines[:index]) else end]
            taken_out += 1
        else:
            return index
    return None


def _answered_below(lines: list[str], after: int) -> bool:
    """Is there a `>` quote directly after an attribution, and after it words that are no signature?"""
    position = after
    while position < len(lines) and not lines[position].strip():
        position += 1
    if position >= len(lines) or not lines[position].startswith(">"):
        return False
    rest = lines[position:]
    last_quote = max(offset for offset, line in enumerate(rest) if line.startswith(">"))
    between = [line for line in rest[:last_quote] if not line.startswith(">") and line.strip()]
    below = _without_tail(_without_signature(rest[last_quote + 1 :]))
    return _has_words(below) or (len(between) > 1 and any(line[:1].isalnum() for line in between))


def _block_end(lines: list[str], after: int) -> int:
    """The line after the quote below an attribution when it is one block, which tells nothing of the answers around it;
    `after` when answers stand between its lines."""
    rest = range(after, len(lines))
    first_answer = next((at for at in rest if lines[at].strip() and not lines[at].startswith(">")), len(lines))
    return after if any(line.startswith(">") for line in lines[first_answer:]) else first_answer


def _with_attributions_apart(lines: list[str]) -> list[str]:
    """Breaks a line that begins as the answer and ends as the attribution of the quote below it."""
    apart: list[str] = []
    tried = 0
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        may = tried < _MAX_ANSWERED and _QUOTE.match(below) and not _QUOTE.match(line) and len(line) <= _LOOK
        shared = _SHARED.match(line) if may and _tells_who_wrote(line) else None
        tried += bool(may)
        apart.extend([shared[1], line[shared.end() :]] if shared else [line])
    return apart


# --- the beginning and the end ---------------------------------------------------------------------------


def _without_banner(lines: list[str]) -> list[str]:
    """Without the paragraph with which the council's own mail server warns of a mail from outside."""
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    end = next((index for index in range(start, len(lines)) if not lines[index].strip()), len(lines))
    warns = _BANNER.match(" ".join(lines[start:end][:_MAX_BANNER])[:_WINDOW_CHARACTERS])
    return lines[end:] if warns and end - start <= _MAX_BANNER and _has_words(lines[end:]) else lines


def _without_disclaimer(lines: list[str]) -> list[str]:
    """Cut at the paragraph with which lawyers begin, when words stand above it that are more than a greeting."""
    for index in range(max(1, len(lines) - _MAX_DISCLAIMER), len(lines)):
        begins = not lines[index - 1].strip() or bool(_RULE.match(lines[index - 1]))
        if begins and _DISCLAIMER.match(lines[index][:_LOOK]):
            above = lines[:index]
            said = [line for line in above if line.strip()]
            return above if _has_words(above) and not said[-1].endswith(",") else lines
    return lines


def _without_signature(lines: list[str]) -> list[str]:
    """Each text cut at its topmost `--` that has few lines below it."""
    kept: list[str] = []
    start = 0
    for end in [*(index for index, line in enumerate(lines) if line == _NEXT), len(lines)]:
        kept += lines[start : _signature(lines, start, end)] + lines[end : end + 1]
        start = end + 1
    return kept


def _signature(lines: list[str], start: int, end: int) -> int:
    """Where it begins between the two; the end when there is none."""
    cut, below = end, 0
    for index in range(end - 1, start - 1, -1):
        line = lines[index][:_LOOK]
        if _SIGNATURE.match(line):
            cut = index
        below += bool(line.strip())
        if below > _MAX_SIGNATURE:
            break
    return cut


def _without_tail(lines: list[str]) -> list[str]:
    """Without the quotes, rules and phone's additions at the end."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_tail(lines[end - 1])):
        end -= 1
    return lines[:end] if _has_words(lines[:end]) else lines


def _is_tail(line: str) -> bool:
    if _QUOTE.match(line):
        return True
    return len(line) < 120 and bool(_RULE.match(line) or _MOBILE.match(_visible(line)))
