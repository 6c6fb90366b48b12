"""What citizens sent or said and Twilio keeps: pictures and recordings, fetched with the inbox's credentials."""

import asyncio
import mimetypes
import re
from typing import Any

import httpx

from channels.contract import File, Inbox, NotConfigured, SendError
from channels.twilio_api import API_URL, CONNECT_SECONDS, api_url, credentials

MAX_BYTES = 25 * 1024 * 1024
TOTAL_SECONDS = 120.0
READ_SECONDS = 15.0
MAX_REDIRECTS = 5
MAX_NAME = 80  # characters of a file name
_API = httpx.URL(API_URL)
# What phones send; a web page, a script or a program isn't among it. Source: "Accepted content types for media".
_TAKEN = re.compile(
    r"(image|audio|video)/.+"
    r"|text/(plain|csv|calendar|directory|richtext|rtf|vcard|x-vcard|x-vcalendar)"
    r"|application/(pdf|rtf|ogg|vcard|msword|vnd\.apple\.pkpass|vnd\.ms-(excel|powerpoint)"
    r"|vnd\.(openxmlformats-officedocument|oasis\.opendocument)\..+)"
    r"|(application|binary)/octet-stream"  # the provider doesn't know either
)


def named(ref: str, media_type: str) -> str:
    """A file name for this media URL: its last segment, with the extension of its type when it has none."""
    segment = re.split(r"[?#]", ref)[0].rstrip("/").rpartition("/")[2]
    stem = re.sub(r"[^A-Za-z0-9._-]", "", segment).lstrip(".")[-MAX_NAME:] or "file"
    if "." in stem:
        return stem
    return stem + (mimetypes.guess_extension(media_type) or "")


async def fetch_media(ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File:
    """The file behind a media or recording URL of this inbox's provider.

    Credentials go only to the provider; redirects (to its storage) are followed to https alone, without them.
    Raises SendError: `failed` for a foreign address, a refusal or more than 25 MB; `retry` for anything passing,
    404 included, since a recording can be announced before it can be read.
    """
    try:
        url, auth = trusted(ref, inbox), httpx.BasicAuth(*credentials(inbox))
    except NotConfigured as error:
        raise SendError(f"{error}. It is fetched again by itself.", "retry", code="not-configured") from error
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            return await _followed(url, auth, http)
    except (TimeoutError, httpx.HTTPError) as error:
        raise SendError("The attachment couldn't be fetched. It is tried again by itself.", "retry") from error


def is_providers(ref: str, inbox: Inbox) -> bool:
    """Whether this address is one that the inbox's provider serves; no other is ever called."""
    try:
        trusted(ref, inbox)
    except (SendError, NotConfigured):
        return False
    return True


def trusted(ref: str, inbox: Inbox) -> httpx.URL:
    """The URL to call, when it is the provider's own; nothing else ever sees the credentials, or is called at all.

    Where api_url leads the provider's REST API through another host, what the provider names there is fetched there.
    """
    provider = httpx.URL(api_url(inbox))
    try:
        url = httpx.URL(ref)
    except httpx.InvalidURL:
        raise _never("its address can't be read") from None
    if not url.userinfo and _origin(url) == _origin(_API) != _origin(provider):
        return provider.copy_with(raw_path=provider.raw_path.rstrip(b"/") + url.raw_path)
    if url.userinfo or not (_origin(url) == _origin(provider) or _is_twilios(url, provider)):
        raise _never("its address isn't the provider's")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _is_twilios(url: httpx.URL, provider: httpx.URL) -> bool:
    return _origin(provider) == _origin(_API) and (
        url.scheme == "https" and url.port is None and url.host.endswith(".twilio.com")
    )


async def _followed(url: httpx.URL, auth: httpx.BasicAuth | None, http: httpx.AsyncClient) -> File:
    origin = url
    for _ in range(MAX_REDIRECTS + 1):
        request = http.build_request("GET", url, timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS))
        answer = await http.send(request, auth=auth, follow_redirects=False, stream=True)
        try:
            if not answer.has_redirect_location:
                return await _file(origin, answer)
            url, auth = _redirected(url, answer), None
        finally:
            await answer.aclose()
    raise _never("it was redirected too often")


def _redirected(url: httpx.URL, answer: httpx.Response) -> httpx.URL:
    try:
        target = url.join(answer.headers["location"])
    except httpx.InvalidURL:
        raise _never("it was redirected to an address that can't be read") from None
    if target.scheme != "https":
        raise _never("it was redirected to an unprotected address")
    return target


async def _file(ref: httpx.URL, answer: httpx.Response) -> File:
    if not answer.is_success:
        raise _unanswered(answer.status_code)
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower() or "application/octet-stream"
    if not _TAKEN.fullmatch(media_type):
        raise _never("it is of a kind that phones don't send")
    return File(filename=named(str(ref), media_type), media_type=media_type, content=await _content(answer))


async def _content(answer: httpx.Response) -> bytes:
    announced = answer.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BYTES:
        raise _too_large()
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise _too_large()
    return bytes(content)


def _unanswered(status: int) -> SendError:
    if status in (404, 408, 425, 429) or status >= 500:
        words = "The provider doesn't have the attachment ready. It is tried again by itself."
        return SendError(words, "retry", code=str(status))
    return _never(f"the provider refused it ({status})", code=str(status))


def _too_large() -> SendError:
    return _never(f"it is larger than {MAX_BYTES // (1024 * 1024)} MB")


def _never(why: str, **more: Any) -> SendError:
    return SendError(f"The attachment is never fetched: {why}. Ask the citizen for it another way.", "failed", **more)
