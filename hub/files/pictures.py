"""Pictures that mails name on the internet, fetched by the hub for whoever reads: the reader's browser asks nobody but
the hub, and a sender learns no more than that the council has opened the mail.

A stranger wrote the address. So only public addresses are asked, as they are at the moment of asking and after each
redirect; no machine of the council's own network can be reached by a mail.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import httpx

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})  # which a browser shows and never runs
LARGEST = 5_000_000  # bytes
_SECONDS = 10.0  # for all of one picture
_REDIRECTS = 3
_AT_ONCE = 8
_PORTS = {"http": 80, "https": 443}
_HEADERS = {  # the same for every reader and every council
    "Accept": "image/webp,image/png,image/jpeg,image/gif",
    "Accept-Encoding": "identity",
    "User-Agent": "Mozilla/5.0",
}
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 behind NAT64 (RFC 6052)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NoPicture(Exception):
    """It isn't shown; the text says why and names no address."""


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes = field(repr=False)
    media_type: str


def is_public(address: Address, port: int) -> bool:
    """Whether a stranger's mail may have this address asked: a web server on the internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped, port)
        if address in _TRANSLATED:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF), port)
        if address.sixtofour is not None or address.teredo is not None or address.is_site_local or address.is_reserved:
            return False
    return port in _PORTS.values() and address.is_global and not address.is_multicast


@dataclass(frozen=True)
class RemotePictures:
    """`may_ask` says which address and port may be asked at all."""

    may_ask: Callable[[Address, int], bool] = is_public
    seconds: float = _SECONDS

    async def fetch(self, url: str) -> Picture:
        """Raises NoPicture."""
        try:
            async with asyncio.timeout(self.seconds), self._room:
                return await self._followed(url)
        except TimeoutError:
            raise NoPicture("it took too long") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise NoPicture(f"its server couldn't be asked ({type(error).__name__})") from None

    async def _followed(self, url: str) -> Picture:
        at = httpx.URL(url)
        for _ in range(1 + _REDIRECTS):
            response = await self._asked(at)
            try:
                if not response.has_redirect_location:
                    return await _picture_in(response)
                at = at.join(response.headers["Location"])
            finally:
                await response.aclose()
        raise NoPicture("its server sends from one place to the next")

    async def _asked(self, url: httpx.URL) -> httpx.Response:
        """The answer's header. The connection goes to the very address that was judged: a name that means another one a
        moment later leads nowhere."""
        if url.scheme not in _PORTS:
            raise NoPicture("it isn't on the web")
        port = url.port or _PORTS[url.scheme]
        address = await self._judged(url.host, port)
        request = httpx.Request(
            "GET",
            url.copy_with(host=str(address), userinfo=b"", fragment=None),
            headers={**_HEADERS, "Host": url.netloc.decode("ascii")},
            extensions={
                "sni_hostname": url.host,
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self.seconds),
            },
        )
        return await self._transport.handle_async_request(request)

    async def _judged(self, host: str, port: int) -> Address:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(place[0]) for *_, place in found]
        if not addresses or not all(self.may_ask(address, port) for address in addresses):
            raise NoPicture("its address isn't a public one")
        return addresses[0]

    @cached_property
    def _transport(self) -> httpx.AsyncHTTPTransport:
        """Without proxies of the environment, which would ask whomever they like; keeps no connection open."""
        limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0)
        return httpx.AsyncHTTPTransport(trust_env=False, limits=limits)

    @cached_property
    def _room(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(_AT_ONCE)


async def _picture_in(response: httpx.Response) -> Picture:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code != 200:
        raise NoPicture(f"its server answers {response.status_code}")
    if media_type not in PICTURES or response.headers.get("Content-Encoding", "identity") != "identity":
        raise NoPicture("it is no picture of a harmless kind")
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > LARGEST:
            raise NoPicture("it is too large")
    return Picture(bytes(content), media_type)
