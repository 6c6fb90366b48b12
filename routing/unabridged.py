"""The same expression with nothing left out: no `&&`, `||` or `?:` that passes a side over, no loop that ends early.

What an expression of the Common Expression Language costs depends on the message: in a text, the dear part of
`channel == "voice" && …` isn't looked at. So it is tried in this form, which looks at all of it, whatever the message.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LOOPS = ("all", "exists", "exists_one", "filter", "map")

_TOKEN = re.compile(
    r"""//[^\n]*"""
    r"""|[rRbB]{0,2}(?:\"{3}.*?\"{3}|'{3}.*?'{3})"""
    r"""|(?:[rR][bB]?|[bB][rR])(?:"[^"\n]*"|'[^'\n]*')"""  # raw: a backslash is a letter like another
    r"""|[bB]?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"""|&&|\|\||[=!<>]=|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\w*|\w+|\s+|.""",
    re.DOTALL,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_EACH = "each_"  # what the loops that are put in call an entry


@dataclass(frozen=True, slots=True)
class _Nested:
    """What stands in brackets, between commas."""

    opening: str
    parts: tuple["_Part", ...]


_Part = Sequence["str | _Nested"]


def tokens(written: str) -> list[str]:
    """Its words and signs; comments and white space are left out."""
    found = (token for token in _TOKEN.findall(written) if not token.startswith("//"))
    return [token for token in found if not token.isspace()]


def quoted(token: str) -> str | None:
    """What stands between its quotation marks, as it is written; None where it has none."""
    inside = re.fullmatch(r"[rRbB]*(\"{3}|'{3}|\"|')(.*)\1", token, re.DOTALL)
    return inside[2] if inside else None


def unabridged(written: str) -> str:
    """Of an expression that compiles."""
    return _whole(next(_parts(iter(tokens(written)), "")))


def _parts(left: Iterator[str], closing: str) -> Iterator[_Part]:
    """Up to the bracket that closes."""
    part: list[str | _Nested] = []
    for sign in left:
        if sign == closing:
            break
        if sign == ",":
            yield part
            part = []
        else:
            part.append(_Nested(sign, tuple(_parts(left, _CLOSING[sign]))) if sign in _CLOSING else sign)
    yield part


def _whole(part: _Part) -> str:
    if "?" in part:
        asked, yes, no = _choice(part)
        return f"[{_whole(no)}, {_whole(yes)}][{_whole(asked)} ? 1 : 0]"
    for sign, loop in (("||", "exists"), ("&&", "all")):
        if sign in part:
            sides = ", ".join(map(_whole, _split(part, sign)))
            return f"[{sides}].{loop}({_EACH}, {_EACH})"
    return " ".join(_items(part))


def _choice(part: _Part) -> tuple[_Part, _Part, _Part]:
    """a ? b : c ? d : e is a ? b : (c ? d : e)"""
    asks = part.index("?")
    depth = 0
    for place in range(asks + 1, len(part)):
        depth += (part[place] == "?") - (part[place] == ":")
        if depth < 0:
            return part[:asks], part[asks + 1 : place], part[place + 1 :]
    return part[:asks], part[asks + 1 :], []


def _split(part: _Part, sign: str) -> Iterator[_Part]:
    start = 0
    for place, each in enumerate(part):
        if each == sign:
            yield part[start:place]
            start = place + 1
    yield part[start:]


def _items(part: _Part) -> Iterator[str]:
    for place, each in enumerate(part):
        if isinstance(each, str):
            if not _is_loop(part, place):
                yield each
        elif each.opening == "(" and _is_loop(part, place - 1):
            yield _loop(str(part[place - 1]), each.parts)
        else:
            inside = ", ".join(_entry(inner) if each.opening == "{" else _whole(inner) for inner in each.parts)
            yield f"{each.opening}{inside}{_CLOSING[each.opening]}"


def _is_loop(part: _Part, place: int) -> bool:
    """Is it the name in `.all(…)`?"""
    follows = part[place + 1] if place + 1 < len(part) else ""
    called = isinstance(follows, _Nested) and follows.opening == "(" and len(follows.parts) > 1
    return called and place > 0 and part[place - 1] == "." and part[place] in LOOPS


def _loop(name: str, parts: Sequence[_Part]) -> str:
    """It tries all entries, and the next loop gets all of them."""
    bound, *inner = (_whole(part) for part in parts)
    if name == "map":
        return f"map({bound}, [{', '.join(reversed(inner))}][0])"
    if name == "filter":
        return f"map({bound}, [{bound}, {inner[0]}][0])"
    return f"map({bound}, {inner[0]}).{name}({_EACH}, {_EACH})"


def _entry(part: _Part) -> str:
    """key: value"""
    if ":" not in part or "?" in part:
        return _whole(part)
    colon = part.index(":")
    return f"{_whole(part[:colon])}: {_whole(part[colon + 1 :])}"
