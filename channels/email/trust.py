"""Is the sender who they say? Only what the council's own mail server wrote down counts (RFC 8601).

A mail may carry any number of Authentication-Results, and its sender may have written some of them. Believed are
those that bear an authserv-id of the inbox's `authserv_id`. Where several of them speak of one method, the worst word
counts: a forger can then only harm a mail of his own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from channels.contract import Authentication, Inbox, NotConfigured, Verdict, Verification
from channels.email.addresses import ascii_domain

UNNAMED = "-"  # the authserv-id of servers that write none, as Exchange Online does

_VERDICTS: dict[str, Verdict] = {"pass": "pass", "fail": "fail", "softfail": "fail", "hardfail": "fail"}
_RANK: dict[Verdict, int] = {"none": 0, "pass": 1, "fail": 2}
_METHODS = ("spf", "dkim", "dmarc")
_RESULT = re.compile(r"([a-z0-9-]{1,40})(?:/\d{1,3})?\s*=\s*([a-z]{1,40})(.*)", re.DOTALL)
_FROM = re.compile(r'header\.from\s*=\s*"?([^\s;"]{1,320})', re.IGNORECASE)
_MAKE_SURE = "Make sure who it is before you answer."
_VERSION = re.compile(r"\s+\d{1,3}$")


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known of a mail's sender: `authentication` None when no server of ours said anything."""

    authentication: Authentication | None = None
    problems: tuple[str, ...] = ()

    @property
    def verification(self) -> Verification:
        """Claimed, when the sender's own domain disowns the mail, or another was proven: it opens nobody's history."""
        if self.authentication is None or self.authentication.dmarc == "none":
            return Verification.DELIVERED
        return Verification.VERIFIED if self.authentication.dmarc == "pass" else Verification.CLAIMED


@dataclass(slots=True)
class _Heard:
    """The words of the believed headers, a method's in the order written."""

    by: str = ""
    words: dict[str, list[Verdict]] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)  # which DMARC spoke of


def trust_in(results: Sequence[str], sender: str, inbox: Inbox) -> Trust:
    """What our own servers say of a mail from `sender` (as `citizen_address` writes it), by its Authentication-Results.
    Never raises. Who proves another domain than people see has found a way to show one address to the mail server, and
    another one to people."""
    believed = authserv_ids(inbox)
    heard = _heard(results if believed else (), believed)
    if not heard.by:
        return Trust()
    verdicts = {method: _worst(heard.words.get(method, ())) for method in _METHODS}
    if "pass" in heard.words.get("dkim", ()):
        verdicts["dkim"] = "pass"  # of several signatures one good one is enough
    # Without a domain in the header the server is believed to mean the one that people see.
    others = heard.domains - {sender.rpartition("@")[2]} if verdicts["dmarc"] == "pass" else set()
    if others:
        verdicts["dmarc"] = "fail"
    found = Authentication(by=heard.by, spf=verdicts["spf"], dkim=verdicts["dkim"], dmarc=verdicts["dmarc"])
    return Trust(found, tuple(_problems(found, heard, others)))


def authserv_ids(inbox: Inbox) -> frozenset[str]:
    """The inbox's `authserv_id`: a name, or several with commas between, in lower case."""
    try:
        written = inbox.setting("authserv_id", "")
    except NotConfigured:
        return frozenset()  # nobody is believed
    return frozenset(name.strip().lower() for name in written.split(",") if name.strip())


def results_of(value: str) -> tuple[str, list[tuple[str, str, str]]]:
    """One header taken apart: authserv-id in lower case (UNNAMED when there is none), and (method, result, the rest).

    >>> results_of("mx.example 1; spf=pass (all well) smtp.mailfrom=a@b.example; dkim=none")
    ('mx.example', [('spf', 'pass', ' smtp.mailfrom=a@b.example'), ('dkim', 'none', '')])
    """
    first, *rest = [part.strip() for part in _split(_without_comments(value))]
    named = "=" not in first
    found = (_RESULT.match(part.lower()) for part in (rest if named else [first, *rest]))
    results = [(match[1], match[2], match[3].replace("  ", " ").rstrip()) for match in found if match]
    return (_VERSION.sub("", first).strip(' "').lower() if named else UNNAMED), results


def _heard(values: Sequence[str], believed: frozenset[str]) -> _Heard:
    heard = _Heard()
    for value in values:
        name, results = results_of(value)
        if name not in believed:
            continue
        heard.by = heard.by or ("the mail server" if name == UNNAMED else name)
        for method, result, rest in results:
            heard.words.setdefault(method, []).append(_VERDICTS.get(result, "none"))
            domain = _FROM.search(rest) if method == "dmarc" else None
            if domain:
                heard.domains.add(ascii_domain(domain[1].rpartition("@")[2]))
        if name == UNNAMED:
            break  # such a server renames what came before; only its own stands on top
    return heard


def _worst(words: Iterable[Verdict]) -> Verdict:
    """Of several words the one to be careful by."""
    return max(words, key=_RANK.__getitem__, default="none")


def _problems(found: Authentication, heard: _Heard, others: set[str]) -> Iterator[str]:
    if others:
        yield f"The sender's address may be forged: what is proven is {min(others)}, another one. {_MAKE_SURE}"
    elif found.dmarc == "fail":
        yield f"The sender's address may be forged: its domain disowns this mail (DMARC failed). {_MAKE_SURE}"
    if len(set(heard.words.get("dmarc", ()))) > 1:
        yield "It carries authentication results that contradict each other: one of them may be forged."


def _without_comments(value: str) -> str:
    """RFC 5322 comments, nested ones too, are left out; what stands in quotes is none."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for letter in value:
        if escaped:
            escaped = False
        elif letter == "\\" and (depth or quoted):
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif letter == "(" and not quoted:
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(letter)
    return "".join(kept)


def _split(value: str) -> list[str]:
    """At semicolons outside of quotes."""
    parts, quoted = [""], False
    for piece in re.split(r'([;"])', value):
        quoted ^= piece == '"'
        if piece == ";" and not quoted:
            parts.append("")
        else:
            parts[-1] += piece
    return parts
