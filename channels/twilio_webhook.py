"""Twilio's webhooks: who may have sent them, and what they say.

The signature is base64(HMAC-SHA1(auth token, URL + every parameter's name and value, sorted)). It is computed here
rather than by twilio's RequestValidator, which costs a multiple of it on the intake's hot path; a property test holds
the two equal.
Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request

from channels.contract import Desk, Inbox, NotConfigured, Refused, Unreadable

MAX_FIELDS = 500  # Twilio sends about sixty at most
FORM_TYPE = "application/x-www-form-urlencoded"
UNTOLD_TYPE = "application/octet-stream"
NUL_SHOWN = "It contained NUL characters, shown here as ␀."
OTHER_ACCOUNT = "The provider sent it from another account than the inbox's account_sid names."

_ASCII = {code: chr(int(code, 16)) for number in range(128) for code in (f"{number:02X}", f"{number:02x}")}

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A request that Twilio did send, for this inbox."""

    inbox: Inbox
    form: Mapping[str, str] = field(repr=False)  # one value a parameter; NUL characters shown as ␀
    raw: bytes = field(repr=False)
    problems: tuple[str, ...] = ()  # in words for a caseworker
    media_type: str = FORM_TYPE

    def unreadable(self, why: str, *, from_citizen: bool = False) -> Unreadable:
        """This request, kept as it came because its meaning isn't clear."""
        return Unreadable(
            channel=self.inbox.channel,
            inbox=self.inbox.name,
            raw=self.raw,
            why=why,
            media_type=self.media_type,
            from_citizen=from_citizen,
        )


async def authentic(request: Request, desk: Desk, channel: str) -> Webhook:
    """The webhook of the inbox in the path.

    Raises Refused: 404 no such inbox, 403 not signed with its auth token. Raises NotConfigured when the inbox lacks it.
    """
    inbox = desk.inbox(channel, request.path_params["inbox"])
    if inbox is None:
        raise Refused(404, "there is no such inbox")
    signature = request.headers.get("x-twilio-signature")
    if not signature:
        raise Refused(403, "the request carries no X-Twilio-Signature")
    raw = await request.body()
    urls, auth_token = _urls(request, desk.public_url), inbox.setting("auth_token")
    if _is_digested(request, raw) and is_signed(urls, [], signature, auth_token):
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Webhook(inbox=inbox, form={}, raw=raw, media_type=media_type or UNTOLD_TYPE)
    pairs = fields_of(raw)
    if not is_signed(urls, pairs, signature, auth_token):
        raise Refused(403, "the signature doesn't fit: compare HUB_PUBLIC_URL and auth_token with the provider's")
    return _understood(inbox, pairs, raw)


def _is_digested(request: Request, raw: bytes) -> bool:
    """Whether the URL tells the body's sha256: of what is no form, such as JSON, the provider signs the URL alone."""
    if b"bodySHA256=" not in request.scope["query_string"]:
        return False
    return hmac.compare_digest(sha256(raw).hexdigest().encode(), request.query_params["bodySHA256"].lower().encode())


def is_signed(urls: Iterable[str], pairs: Pairs, signature: str, auth_token: str) -> bool:
    """Whether the token signed one of these spellings of the URL with these parameters."""
    said = _in_order(pairs)
    given = signature.encode()
    return any(hmac.compare_digest(_sign(url + said, auth_token), given) for url in urls)


def _in_order(pairs: Pairs) -> str:
    """Names with their values, sorted by both; what is there twice counts once."""
    form = dict(pairs)
    if len(form) == len(pairs):  # as always, in fact: then it is enough to sort the names
        return "".join([name + form[name] for name in sorted(form)])
    return "".join([name + value for name, value in sorted(set(pairs))])


def _sign(signed: str, auth_token: str) -> bytes:
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1"))


@lru_cache(maxsize=16)
def port_variants(url: str) -> tuple[str, str]:
    """The URL as it is, and with its port or without: Twilio signs either."""
    parts = urlsplit(url)
    start = f"{parts.scheme}://{parts.netloc}"
    rest = url[len(start) :]
    if parts.port:
        return url, start.removesuffix(f":{parts.port}") + rest
    return url, f"{start}:{443 if parts.scheme == 'https' else 80}{rest}"


def _urls(request: Request, public_url: str) -> list[str]:
    """What Twilio was told to call: from the hub's own settings, never from Host headers; no bare trailing `?`."""
    raw_path = request.scope.get("raw_path")
    path = raw_path.decode("utf-8", "replace") if raw_path else quote(request.scope["path"])
    query = request.scope["query_string"].decode("utf-8", "replace")
    target = f"{path}?{query}" if query else path
    return [origin + target for origin in port_variants(public_url)]


def fields_of(raw: bytes) -> Pairs:
    """The form's parameters in order, as parse_qsl reads them at a third of its price; a count without end is refused
    before it costs anything.
    """
    if raw.count(b"&") >= MAX_FIELDS:
        raise Refused(403, f"more than {MAX_FIELDS} parameters: the provider sends no such request")
    pairs: Pairs = []
    for piece in raw.decode("utf-8", "replace").replace("+", " ").split("&"):
        name, _, value = piece.partition("=")
        if "%" in piece:
            name, value = _unescaped(name) if "%" in name else name, _unescaped(value)
        if piece:
            pairs.append((name, value))
    return pairs


def _unescaped(word: str) -> str:
    start, *escaped = word.split("%")
    try:
        return start + "".join([_ASCII[each[:2]] + each[2:] for each in escaped])
    except KeyError:  # another character than ASCII's, or a percent sign that escapes nothing
        return unquote(word)


def _understood(inbox: Inbox, pairs: Pairs, raw: bytes) -> Webhook:
    form = dict(pairs)
    problems = (OTHER_ACCOUNT,) if _is_of_another_account(form, inbox) else ()
    if not (b"\0" in raw or b"%00" in raw):
        return Webhook(inbox=inbox, form=form, raw=raw, problems=problems)
    shown = {name.replace("\0", "␀"): value.replace("\0", "␀") for name, value in form.items()}
    return Webhook(inbox=inbox, form=shown, raw=raw, problems=(*problems, NUL_SHOWN))


def _is_of_another_account(form: Mapping[str, str], inbox: Inbox) -> bool:
    """The signature has proven where it comes from; this only tells of a slip in the inbox's settings."""
    try:
        return form.get("AccountSid", "") not in ("", inbox.setting("account_sid"))
    except NotConfigured:
        return False  # sending says so
