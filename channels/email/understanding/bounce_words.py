"""The words of mail systems that report a failure in their own way, and what the codes in them mean.

Sources: RFC 3463 (enhanced status codes), RFC 5321 §4.2 (reply codes), and what systems since the 1990s have written.
"""

import re
from typing import NamedTuple


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


_PLACE = "(?:user|recipient|mailbox|account|address|host|domain)"
_PERSON = "(?:user|recipient|mailbox|account|address|alias|addressee|name)"

SUBJECT = _any_of(
    "undeliver",
    "not delivered",
    "failure notice",
    "returned mail",
    "return(?:ed|ing) to sender",
    "delayed mail",
    "non remis",
    "unzustellbar",
    "nicht zustellbar",
    "zustellung",
    "deliver(?:y|ing)[ -](?:status|fail|has failed|problem|report|notific|unsuccessful)",
    "deliver(?:y|ing)[ -](?:incomplete|delayed|warning|error|temporar)",
    r"(?:fail(?:ed|ure)|error|problem)[^\n]{0,20} deliver",
    "(?:fail(?:ed|ure)|error)(?: of)?(?: your)? (?:mail|message|sending)",
    "non-?delivery",
    "no se (?:pudo|puede) entregar",
    "mail (?:deliver|system error|fail|could not|error)",
    "could not (?:be )?(?:send|sent|deliver)",
    "warning: (?:could|message)",
    "user unknown",
    "unknown user",
    "automatically rejected",
    "rejected mail",
    "loop (?:alert|detected)",
    "are not (?:a )?member",
    "non recapitabile",
    "mancata consegna",
    "échec",
    "niet (?:bezorgd|worden bezorgd)",
    "onbestelbaar",
    "devuelto",
    "não entregue",
    "не доставлено",
    "недоставлен",
    "配信",
    "エラー通知",
    "退信",
    "传输失败",
    "退回",
)
_PASSED_ON = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|vb|vs|doorst|re|aw|sv|antw)\s?:", re.IGNORECASE)

_NOT_ARRIVED = _any_of(
    "(?:could|can|would)(?: ?n[o']t|not) (?:be )?(?:deliver|sen[dt]|accept)",
    "un(?:able to|deliverable)",
    "undeliver",
    "not (?:been )?(?:able to )?(?:be )?deliver",
    "was ?n[o']t delivered",
    "delivery (?:(?:has |attempt )?fail|to the foll|error|of email to)",
    "fail(?:ed|ure)(?: (?:to|in|permanently))? ?(?:deliver|recipient)",
    "(?:error|problem) (?:while )?(?:deliver|send)(?:ing)?",
    "(?:was|were|been) (?:rejected|returned|refused|blocked)",
    "returned to (?:the )?sender",
    "did not like our",
    "permanent (?:fatal )?error",
    "invalid (?:user|recipient|address|mailbox)",
    "unknown (?:user|recipient|address|local)",
    rf"{_PLACE}[^\n]{{0,40}}(?:unknown|not found|not exist|n[o']t exist)",
    rf"{_PLACE}[^\n]{{0,40}}(?:unavailable|disabled|is full|over quota)",
    "no such (?:user|person|mailbox|address|account|host)",
    "no (?:user|mailbox) (?:by|here|of) (?:that|by)",
    "mail ?box (?:is )?(?:full|unavailable|space)",
    "quota",
    "duplicated message-id",
    "are not (?:a )?member",
    "requested (?:mail )?action (?:not taken|aborted)",
    "transcript of session",
    "n'a pas pu",
    "konnte nicht",
    "nicht zugestellt",
    "no (?:se )?(?:ha )?pud[oi]",
    "kunne ikke",
    "kunde inte",
    "não (?:foi|pôde)",
    "non è stato",
    "niet (?:worden )?(?:bezorgd|afgeleverd)",
    "не (?:было|может быть|удалось) (?:достав|отправ)",
    "できません",
    "届け",
    "送信できません",
    "無法",
    "无法",
)
_RETURNED = re.compile(
    r"^[ >\t]*(?:message-id:\s{0,5}<|return-path:\s{0,5}<|received: (?:from|by) )"
    r"|(?:original|source|returned|bounced) (?:mail|message)|(?:header|lines?|copy|top|part) (?:lines )?of (?:the|your)"
    r" (?:original |source |rejected )?(?:mail|message)|message (?:headers? )?follows?|below this line is a copy",
    re.IGNORECASE | re.MULTILINE,
)
_DELAY = _any_of(
    "delayed",
    "warning: (?:could|message)",
    "warning message only",
    "still (?:being )?(?:retr|try)",
    "not yet (?:been )?(?:deliver|reach)",
    "will (?:keep|be retr|continue to)",
    "(?:attempts|retries) will",
    "do not (?:need to )?resend",
    "postponed",
    "deferred",
    "temporar(?:y|ily) (?:fail|delay|problem|error)",
)
_FINAL = _any_of(
    "(?<!non-)(?<!not )permanent",
    "giv(?:en|ing) up",
    "gave up",
    "unknown (?:user|recip)",
    "(?:user|recipient) unknown",
    "does ?n[o']t exist",
    "no such",
    "not found",
    "expired",
    "too long",
    "returned",
    "will not be retried",
    "no longer be (?:tried|attempt)",
)
_NO_WAY_THERE = _any_of(
    "connection (?:timed out|refused)",
    "timed out while",
    "lost connection",
    "no route to host",
    "retry time(?:out)? (?:exceeded|not reached)",
)
_DEAD = _any_of(
    rf"{_PERSON}\S?\s[^\n]{{0,80}}(?:unknown|not found|invalid|no longer|discontinued)",
    rf"{_PERSON}\S?\s[^\n]{{0,80}}(?:not|n't|never) (?:exist|known|listed|valid|found|in )",
    "unknown (?:user|recipient|address|local|account|mailbox|host|domain|rcpt)",
    "(?:invalid|bad|non-?existent|illegal) (?:user|recipient|address|mailbox|account|rcpt|destination|domain|host)",
    "no (?:such|valid) (?:user|person|mailbox|address|account|recipient|host|domain|local)",
    r"(?:does ?n[o']t|do ?n[o']t) (?:exist|have an? [\w. ]{0,40}account)",
    "no (?:user|mailbox|account)s? (?:by|here|of|with|found)",
    "not (?:a )?(?:valid|known|our) (?:user|recipient|mailbox|cust|address)",
    r"(?:host|domain|name)[^\n]{0,60}(?:not found|unknown|not exist|lookup fail|has no)",
    "host not found",
    "(?:has|have) moved",
    "is not (?:a )?member",
    rf"{_PERSON} (?:name )?(?:is |was )?not recogni[sz]ed",
    "name or service not known",
    "n'existe pas",
    "existiert nicht",
    "no existe",
    "user not listed",
    "invalid final delivery userid",
    "check if (?:the )?address is correct",
    "mailbox not available",
    "unrouteable",
    "unroutable",
    "nullmx",
    "null mx",
    "no mx (?:record|host)",
    "no smtp service",
    "(?:host|domain) does not accept mail",
    "domain is not reachable",
    "action not taken: mailbox unavailable",
    "見つかりません",
    "リストにありません",
)
_REFUSES_NAME = _any_of("recipient address rejected: access denied")  # Exchange Online: it knows no such name
_ROOM = _any_of(
    "quota",
    r"mailbox[^\n]{0,40}full",
    r"full[^\n]{0,20}mailbox",
    "too (?:large|big)",
    "exceed",
    "size limit",
    "disk full",
    "insufficient",
    "spam",
    "virus",
    "blocked",
    "blacklist",
    "black list",
    "blocklist",
    "dnsbl",
    "reputation",
    "policy",
    "denied",
    "dmarc",
    r"\bspf\b",
    "relay",
    "authenti",
    "too many",
    "rate limit",
    "loop",
    "hop count",
)

ENHANCED = re.compile(r"(?<![\d.])([245]\.[0-7]\.\d{1,3})(?![\d.])")
_FAILING = re.compile(r"(?<![\d.\w-])([45]\.[0-7]\.\d{1,3})(?![\d.])")
_MAY_COME_BACK = _any_of("host not found, try again")
_FOLD = re.compile(r"[ \t]*\n[ \t]+|[ \t]{2,}")  # lines that go on indented below
_REPLY = re.compile(r"(?<![\d.:])([45])[0-5]\d(?:[ -](?=\D|[45]\.)|[: ]|$)", re.MULTILINE)
_DEAD_STATUS = re.compile(r"5\.1\.(?:[0-4]|6|10)$|5\.4\.4$")
_OUR_SIDE = _any_of(
    r"\bsender(?:'s)? (?:address(?! ?:)|domain|verif|reject)", "client host", "helo command", "my name was rejected"
)
_ALIVE_STATUS = re.compile(r"5\.(?:2\.[2-4]|3\.\d|4\.[1267]|6\.\d|7\.\d+)$")


class Verdict(NamedTuple):
    """What a report comes to; `final`: nobody tries any more."""

    status: str  # RFC 3463, "" when it doesn't say
    permanent: bool
    unreachable: bool  # it is the address: nothing will ever arrive there
    final: bool


def is_telling(subject: str) -> bool:
    """Would a mail system write this subject above a report?"""
    return bool(SUBJECT.search(subject))


def is_passed_on(subject: str) -> bool:
    """A person forwards or answers: whatever follows is theirs."""
    return bool(_PASSED_ON.match(subject))


def says_not_arrived(text: str) -> bool:
    return bool(_NOT_ARRIVED.search(text))


def quotes_the_original(text: str) -> bool:
    return bool(_RETURNED.search(text))


def judged(words: str, subject: str) -> Verdict:
    """By the codes that stand in the words, else by the words."""
    found = _FAILING.search(words)
    status = found[1] if found else ""
    reply = _REPLY.search(words)
    kind = status[:1] or (reply[1] if reply else "")
    delayed = bool(_DELAY.search(subject) or _DELAY.search(words)) and not (
        _FINAL.search(subject) or kind == "5" or (_FINAL.search(words) and not _DELAY.search(subject))
    )
    permanent = not delayed and kind != "4" and not (kind == "" and _NO_WAY_THERE.search(words))
    return Verdict(status, permanent, permanent and is_dead(status, words), not delayed)


def is_dead(status: str, words: str) -> bool:
    """Is it the address that is wrong, and not this one mail, its size or its sender?"""
    words = _FOLD.sub(" ", words)
    if _OUR_SIDE.search(words) or _MAY_COME_BACK.search(words) or status in ("5.1.7", "5.1.8"):
        return False
    if _REFUSES_NAME.search(words):
        return True
    if _DEAD.search(words):
        return not (any(map(_ALIVE_STATUS.match, (status, *ENHANCED.findall(words)))) and _ROOM.search(words))
    return bool(_DEAD_STATUS.match(status)) and not _ROOM.search(words)
