"""Citizens who text at a steady pace, through a provider that tries again until it is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import httpx
from twilio.request_validator import RequestValidator

from tests.acceptance.carrier import ACCOUNT_SID, AUTH_TOKEN
from tests.acceptance.town import NUMBER, new_sid

PAUSE = 0.5  # seconds between two tries of one text
MOST = 60  # texts under way: while the hub is down, trying them all again and again would slow its start
PATIENCE = 30.0  # seconds for one text, kills included
NUMBERS = 40  # citizens: most texts join a case


@dataclass
class SteadyLoad:
    """`acknowledged`: the MessageSids that were answered with 2xx; a text without an answer is tried again."""

    url: str
    acknowledged: list[str] = field(default_factory=list)
    tries: int = 0

    async def pour(self, http: httpx.AsyncClient, per_second: float) -> None:
        """Until cancelled; texts that are under way then are still seen through."""
        texts: set[asyncio.Task[None]] = set()
        try:
            for number in count(1):
                if len(texts) < len(self.acknowledged) + MOST:
                    texts.add(asyncio.create_task(self._text(http, number)))
                await asyncio.sleep(1 / per_second)
        finally:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*texts)

    async def until_acknowledged(self, more: int) -> None:
        """Returns when so many texts more than now have been answered."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(PATIENCE):
            while len(self.acknowledged) < wanted:
                await asyncio.sleep(0.01)

    async def _text(self, http: httpx.AsyncClient, number: int) -> None:
        sid = new_sid()
        form = {
            "AccountSid": ACCOUNT_SID,
            "MessageSid": sid,
            "From": f"+447700901{number % NUMBERS:03d}",
            "To": NUMBER,
            "Body": f"Text {number}: the lamp post is dark",
        }
        signature = RequestValidator(AUTH_TOKEN).compute_signature(self.url, form)
        while not await self._is_taken(http, form, signature):
            await asyncio.sleep(PAUSE)
        self.acknowledged.append(sid)

    async def _is_taken(self, http: httpx.AsyncClient, form: dict[str, str], signature: str) -> bool:
        self.tries += 1
        try:
            answer = await http.post(self.url, data=form, headers={"X-Twilio-Signature": signature})
        except httpx.TransportError:
            return False
        assert answer.is_success or answer.status_code == 503, answer.text
        return answer.is_success


@asynccontextmanager
async def pouring(hub_url: str, per_second: float = 30) -> AsyncIterator[SteadyLoad]:
    """The load goes on while the block runs; at its end every text has been acknowledged."""
    load = SteadyLoad(f"{hub_url}/in/sms/city")
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(timeout=10, limits=limits) as http:
        task = asyncio.create_task(load.pour(http, per_second))
        try:
            yield load
        finally:
            task.cancel()
            await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()):
        raise error
